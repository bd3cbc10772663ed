import Foundation
import Glibc

/// Where a rank's doorbell listens: the address by which ranks of other hosts reach this one.
///
/// mpirun's daemon on each host tells its ranks by which addresses it is reached, after `oob_tcp_if_include`. On one machine that is
/// loopback, as `percept launch` sets it there. A doorbell that can't be reached costs up to 10 ms of waiting, nothing else.
enum DoorbellAddress {
    /// `PERCEPT_DOORBELL`, or the first of the daemon's IPv4 addresses that is one of this host's; loopback if there is none.
    static var current: String {
        let environment = ProcessInfo.processInfo.environment
        let own = hostAddresses()
        if let chosen = environment["PERCEPT_DOORBELL"], own.contains(chosen) { return chosen }
        return addresses(ofDaemon: environment["OMPI_MCA_orte_local_daemon_uri"] ?? "").first { own.contains($0) } ?? "127.0.0.1"
    }

    /// The addresses in a contact such as `8254.2;tcp://10.0.0.3,192.168.0.3:59129;tcp6://…`.
    static func addresses(ofDaemon contact: String) -> [String] {
        contact.split(separator: ";").filter { $0.hasPrefix("tcp://") }.flatMap { part in
            part.dropFirst("tcp://".count).prefix { $0 != ":" }.split(separator: ",").map(String.init)
        }
    }

    /// IPv4 addresses of this host's interfaces that are up.
    private static func hostAddresses() -> Set<String> {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: Set<String> = []
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, Int32(address.pointee.sa_family) == AF_INET, entry.ifa_flags & UInt32(IFF_UP) != 0
            else { continue }
            var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
            let isWritten = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { internet in
                var bits = internet.pointee.sin_addr
                return inet_ntop(AF_INET, &bits, &text, socklen_t(INET_ADDRSTRLEN)) != nil
            }
            if isWritten { found.insert(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)) }
        }
        return found
    }
}
