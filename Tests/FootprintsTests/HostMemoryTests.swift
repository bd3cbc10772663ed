import Footprints
import Foundation
import Testing

@Suite("what a host can give")
struct HostMemoryTests {
    private func host(_ files: [String: String]) throws -> HostMemory? {
        let root = FileManager.default.temporaryDirectory.appending(path: "percept-host-\(UUID())")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return HostMemory.current(root: root)
    }

    private static let meminfo = "MemTotal:       32000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\n"

    @Test("what is available is the kernel's own estimate")
    func machine() throws {
        #expect(try host(["proc/meminfo": Self.meminfo]) == HostMemory(available: 20_000_000 * 1024, source: "MemAvailable"))
        #expect(try host([:]) == nil && host(["proc/meminfo": "MemTotal: 1 kB\n"]) == nil)
    }

    @Test("a control group's limit counts less what is used, and file pages that can be dropped are not used")
    func groups() throws {
        let second = [
            "proc/meminfo": Self.meminfo, "proc/self/cgroup": "0::/jobs/7\n", "sys/fs/cgroup/jobs/memory.max": "9000000000\n",
            "sys/fs/cgroup/jobs/memory.current": "5000000000\n", "sys/fs/cgroup/jobs/memory.stat": "anon 1\ninactive_file 3000000000\n",
            "sys/fs/cgroup/jobs/7/memory.max": "max\n",
        ]
        #expect(try host(second) == HostMemory(available: 7_000_000_000, source: "control group"))
        let first = [
            "proc/meminfo": Self.meminfo, "proc/self/cgroup": "12:cpu,cpuacct:/a\n4:memory:/b\n",
            "sys/fs/cgroup/memory/b/memory.limit_in_bytes": "4000000000\n", "sys/fs/cgroup/memory/b/memory.usage_in_bytes": "1000000000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ]
        #expect(try host(first) == HostMemory(available: 3_000_000_000, source: "control group"))
        var generous = second
        generous["sys/fs/cgroup/jobs/memory.max"] = "90000000000"
        #expect(try host(generous)?.source == "MemAvailable")
    }

    @Test("this machine says what it has")
    func here() throws { #expect(try #require(HostMemory.current()).available > 0) }
}
