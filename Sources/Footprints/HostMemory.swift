import Files
package import Foundation

/// How much memory a host can give.
package struct HostMemory: Hashable, Sendable {
    /// Bytes that can be taken without swapping.
    package let available: Int
    /// Where the limit comes from: `MemAvailable` or `control group`.
    package let source: String

    package init(available: Int, source: String) {
        self.available = available
        self.source = source
    }

    /// The smaller of what `/proc/meminfo` says is available and what the process's control group has left; nil where neither is known.
    package static func current(root: URL = URL(filePath: "/")) -> HostMemory? {
        let machine = text(root, "proc/meminfo").flatMap(memAvailable).map { HostMemory(available: $0, source: "MemAvailable") }
        let group = text(root, "proc/self/cgroup").flatMap { groupLeft($0, root: root) }.map {
            HostMemory(available: $0, source: "control group")
        }
        return [machine, group].compactMap { $0 }.min { $0.available < $1.available }
    }

    /// `MemAvailable` of a `/proc/meminfo`, in bytes.
    static func memAvailable(_ meminfo: String) -> Int? {
        for line in meminfo.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
        }
        return nil
    }

    /// The least that is left under the limits of the process's control group (version 2, or 1) and those above it.
    private static func groupLeft(_ groups: String, root: URL) -> Int? {
        var found: [Int] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isSecond = fields[1].isEmpty
            guard isSecond || fields[1].split(separator: ",").contains("memory") else { continue }
            var path = fields[2].split(separator: "/").map(String.init).filter { $0 != ".." }
            let base = isSecond ? "sys/fs/cgroup" : "sys/fs/cgroup/memory"
            while true {
                let folder = ([base] + path).joined(separator: "/")
                if let left = left(folder, root, isSecond) { found.append(left) }
                guard path.popLast() != nil else { break }
            }
        }
        return found.min()
    }

    /// Limit less use; pages of files that can be dropped don't count as used.
    private static func left(_ folder: String, _ root: URL, _ isSecond: Bool) -> Int? {
        func number(_ name: String) -> Int? {
            text(root, folder + "/" + name).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let limit = number(isSecond ? "memory.max" : "memory.limit_in_bytes"), limit < 1 << 60 else { return nil }
        let used = number(isSecond ? "memory.current" : "memory.usage_in_bytes") ?? 0
        let statistics = text(root, folder + "/memory.stat") ?? ""
        let key = isSecond ? "inactive_file " : "total_inactive_file "
        let droppable = statistics.split(separator: "\n").first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) } ?? 0
        return max(0, limit - max(0, used - droppable))
    }

    private static func text(_ root: URL, _ path: String) -> String? {
        (try? InputFile.read(root.appending(path: path).path)).map { String(decoding: $0, as: UTF8.self) }
    }
}
