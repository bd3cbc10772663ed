import Files
import Foundation
import Testing

@Suite("files that are read")
struct InputFileTests {
    private func failure(_ path: String, limit: Int = InputFile.usualLimit) -> FileFailure? {
        do throws(FileFailure) {
            _ = try InputFile.read(path, limit: limit)
            return nil
        } catch {
            return error
        }
    }

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-input-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test("a file comes in whole, in part, mapped and as text")
    func regular() throws {
        try withFolder { folder in
            let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let path = folder + "/a"
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try Array(InputFile.read(path)) == bytes)
            #expect(try Array(InputFile.read(path, limit: bytes.count)) == bytes)
            #expect(try Array(InputFile.read(path, from: 699_990, upTo: 100)) == Array(bytes.suffix(10)))
            #expect(try Array(InputFile.read(path, from: 5, upTo: 3)) == Array(bytes[5..<8]))
            #expect(try Array(InputFile.map(path)) == bytes)
            try Data("é\n".utf8).write(to: URL(filePath: folder + "/t"))
            #expect(try InputFile.text(folder + "/t") == "é\n")
            try Data().write(to: URL(filePath: folder + "/e"))
            #expect(try InputFile.map(folder + "/e").isEmpty)
            #expect(try InputFile.read(folder + "/e").isEmpty)
            // Files of the system have no size.
            #expect(try InputFile.text("/proc/self/stat").hasPrefix("\(getpid()) "))
        }
    }

    @Test("a pipe without a writer, a device, a folder, a socket and a file that is too long are refused at once, by name and kind")
    func others() throws {
        try withFolder { folder in
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/pipe")
            for (path, word) in [
                (folder + "/pipe", "a pipe"), (folder + "/link", "a pipe"), ("/dev/zero", "a device"), ("/dev/full", "a device"),
                (folder, "a folder"), (folder + "/absent", "No such file"),
            ] {
                let words = failure(path)?.description ?? ""
                #expect(words.hasPrefix("can't read \(path): ") && words.contains(word), "\(words)")
            }
            // A hole of a terabyte: nothing of it is read beyond the limit.
            let sparse = folder + "/sparse"
            let descriptor = open(sparse, O_WRONLY | O_CREAT, 0o600)
            #expect(ftruncate(descriptor, 1 << 40) == 0)
            close(descriptor)
            #expect(failure(sparse, limit: 1 << 20)?.reason == "it has more than 1048576 bytes")
            try Data([0xFF, 0xFE]).write(to: URL(filePath: folder + "/t"))
            #expect(throws: FileFailure.self) { try InputFile.text(folder + "/t") }
        }
    }
}
