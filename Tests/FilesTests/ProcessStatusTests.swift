import Files
import Foundation
import Glibc
import Testing

@Suite("what Linux tells of a process")
struct ProcessStatusTests {
    @Test("this process runs, in its session, under its parent; one that is gone says nothing")
    func own() throws {
        let status = try #require(ProcessStatus(getpid()))
        #expect(status.parent == getppid() && status.session == getsid(0))
        #expect(!status.isStopped && !status.hasEnded)
        #expect(ProcessStatus(0x3FFF_FFFF) == nil)
    }

    @Test("a child is seen to be stopped, and to have ended until somebody asks for its code")
    func child() throws {
        let child = Process()
        child.executableURL = URL(filePath: "/bin/sleep")
        child.arguments = ["60"]
        try child.run()
        let number = child.processIdentifier
        func becomes(_ condition: (ProcessStatus) -> Bool) -> Bool {
            let end = Date() + 30
            while Date() < end {
                guard let status = ProcessStatus(number) else { return true }
                if condition(status) { return true }
                usleep(5_000)
            }
            return false
        }
        #expect(ProcessStatus(number)?.parent == getpid())
        kill(number, SIGSTOP)
        #expect(becomes { $0.isStopped })
        kill(number, SIGCONT)
        #expect(becomes { !$0.isStopped })
        kill(number, SIGKILL)
        #expect(becomes { $0.hasEnded })
        child.waitUntilExit()
    }

    @Test("a program's name may hold anything")
    func names() {
        let status = ProcessStatus(line: "17 (a) T 4 (b) Z 3 17 12 0 -1")
        #expect(status?.state == "Z" && status?.parent == 3 && status?.session == 12)
        #expect(ProcessStatus(line: "17 (a) S 3 17") == nil)
        #expect(ProcessStatus(line: "") == nil)
    }
}
