import Foundation
import Telemetry
import TestSupport
import Testing

/// `RUN/control`, when others may write there too.
@Suite("control files")
struct ControlFileTests {
    private final class Run {
        let folder = FileManager.default.temporaryDirectory.appending(path: "percept-control-\(UUID())").path
        var control: String { folder + "/control" }
        var mailbox: ScaleMailbox

        init() throws {
            mailbox = ScaleMailbox(runFolder: folder)
            try FileManager.default.createDirectory(atPath: control, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func take() -> [(name: String, request: ScaleRequest?, reason: String?)] { mailbox.take() }

        func write(_ text: String, _ name: String = "a", mode: mode_t = 0o644) throws {
            let path = "\(control)/\(name).request.json"
            try Data(text.utf8).write(to: URL(filePath: path))
            chmod(path, mode)
        }
    }

    private static let sound = #"{"rollouts": 1, "judges": 0, "hosts": ["node3"]}"#

    @Test("the owner's request is taken, once")
    func taken() throws {
        let run = try Run()
        let name = try run.mailbox.post(ScaleRequest(rollouts: 2, judges: -1, hosts: []))
        let found = run.take()
        #expect(found.map(\.name) == [name] && found[0].request == ScaleRequest(rollouts: 2, judges: -1, hosts: []))
        #expect(run.take().isEmpty)
    }

    @Test("what somebody else wrote, or may have written, is refused with the reason, and goes")
    func refused() throws {
        let run = try Run()
        try run.write(Self.sound, "writable", mode: 0o664)
        try run.write(Self.sound, "kept")
        try FileManager.default.createSymbolicLink(
            atPath: run.control + "/link.request.json", withDestinationPath: run.control + "/kept.request.json")
        #expect(link(run.control + "/kept.request.json", run.control + "/twice.request.json") == 0)
        #expect(mkfifo(run.control + "/pipe.request.json", 0o644) == 0)
        try FileManager.default.createDirectory(atPath: run.control + "/folder.request.json", withIntermediateDirectories: true)
        var expected = ["folder", "kept", "link", "pipe", "twice", "writable"]
        if geteuid() == 0 {
            // Only root can give a file away.
            try run.write(Self.sound, "stranger")
            #expect(chown(run.control + "/stranger.request.json", 65534, 65534) == 0)
            expected = (expected + ["stranger"]).sorted()
        }
        let found = run.take()
        #expect(found.map(\.name) == expected)
        // Of two names of one file the second is alone once the first is gone.
        for (name, request, reason) in found where name != "twice" {
            #expect(request == nil && reason != nil, "\(name)")
            #expect(run.mailbox.answer(to: name)?.state == .refused, "\(name)")
        }
        #expect(found.first { $0.name == "stranger" }?.reason?.contains("written by user 65534") ?? true)
        #expect(found.first { $0.name == "writable" }?.reason?.contains("mode") == true)
    }

    @Test("what is no file is refused once while it stays, and is in nobody's way")
    func folders() throws {
        let run = try Run()
        let folders = (0..<40).map { "\(run.control)/\($0).request.json" }
        for folder in folders { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        try Data("precious".utf8).write(to: URL(filePath: folders[0] + "/file"))
        try run.write(Self.sound, "a")
        var found: [(name: String, request: ScaleRequest?, reason: String?)] = []
        for _ in 0..<5 { found += run.take() }
        #expect(found.count == 41 && found.count { $0.request != nil } == 1)
        #expect(Set(found.map(\.name)).count == 41 && run.mailbox.answer(to: "39")?.state == .refused)
        #expect(try String(contentsOfFile: folders[0] + "/file", encoding: .utf8) == "precious")
        // Once it has gone its name is a name like others.
        try FileManager.default.removeItem(atPath: folders[1])
        #expect(run.take().isEmpty)
        try run.write(Self.sound, "1")
        #expect(run.take().map(\.name) == ["1"])
    }

    @Test("an answer never goes through a link that somebody put in its way")
    func answers() throws {
        let run = try Run()
        let victim = run.folder + "/victim"
        try Data("precious".utf8).write(to: URL(filePath: victim))
        for name in ["a.answer.json.partial", "a.answer.json"] {
            try FileManager.default.createSymbolicLink(atPath: "\(run.control)/\(name)", withDestinationPath: victim)
        }
        run.mailbox.reply(to: "a", ScaleAnswer(state: .done, message: "m"))
        #expect(run.mailbox.answer(to: "a")?.message == "m")
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
    }

    @Test("a thousand requests are taken a few at a time")
    func flood() throws {
        let run = try Run()
        for number in 0..<1_000 { try run.write("{", "\(number)") }
        #expect((1...64).contains(run.take().count))
    }

    @Test("damaged requests are requests or refused, never a crash")
    func fuzz() throws {
        let run = try Run()
        for seed in 0..<FuzzEffort.count(100) {
            var damage = Damage(seed: UInt64(seed))
            try run.write(damage.done(toJSON: Self.sound))
            let found = run.take()
            #expect(found.count == 1 && (found[0].request == nil) == (found[0].reason != nil), "seed \(seed)")
        }
    }
}
