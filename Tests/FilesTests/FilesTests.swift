import Files
import Foundation
import Glibc
import Testing

@Suite("files and their failures")
struct FilesTests {
    @Test("a failure names the file, what was tried, and the system's reason")
    func naming() {
        let missing = "/nowhere/\(UUID())/file"
        let read = #expect(throws: FileFailure.self) {
            try FileFailure.naming("read", missing) { try Data(contentsOf: URL(fileURLWithPath: missing)) }
        }
        #expect(read?.description == "can't read \(missing): No such file or directory")
        let folder = "/proc/percept-\(UUID())"
        let made = #expect(throws: FileFailure.self) {
            try FileFailure.naming("create the folder", folder) {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        }
        #expect(made?.description.hasPrefix("can't create the folder \(folder): ") == true)
        // What names its file already is not named again.
        let inner = #expect(throws: FileFailure.self) {
            try FileFailure.naming("write", "outer") { try FileFailure.naming("read", "inner") { throw POSIXError(.EACCES) } }
        }
        #expect(inner?.description == "can't read inner: Permission denied")
    }

    @Test("errors of Foundation's that nobody wrapped still name their file")
    func message() {
        let missing = "/nowhere/\(UUID())"
        do {
            _ = try FileManager.default.contentsOfDirectory(atPath: missing)
            Issue.record("the folder exists")
        } catch {
            let message = FileFailure.message(of: error)
            #expect(message == "\(missing): No such file or directory")
        }
        #expect(FileFailure.message(of: POSIXError(.EROFS)) == "Read-only file system")
    }

    @Test("a value of another type than a file should hold is named with its place")
    func decoding() {
        struct Content: Decodable { let list: [Int] }
        do {
            _ = try JSONDecoder().decode(Content.self, from: Data(#"{"list": [1, "x"]}"#.utf8))
            Issue.record("a text was taken for a number")
        } catch {
            #expect(FileFailure.words(of: error).hasPrefix("list[1]: "), "\(FileFailure.words(of: error))")
        }
    }

    @Test("a leading ~ is the home folder, ~name a user's, and nothing else changes")
    func home() throws {
        let home = try #require(ProcessInfo.processInfo.environment["HOME"])
        #expect(FilePath.expandingHome("~/runs/x") == home + "/runs/x")
        #expect(FilePath.expandingHome("~") == home)
        let root = try #require(getpwnam("root"))
        #expect(FilePath.expandingHome("~root/x") == String(cString: root.pointee.pw_dir) + "/x")
        #expect(FilePath.expandingHome("~nobody-of-this-name/x") == nil)
        for path in ["runs/~x", "./~x", "/a/~", ""] { #expect(FilePath.expandingHome(path) == path) }
    }
}
