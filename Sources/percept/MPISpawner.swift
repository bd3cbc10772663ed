import ActorRuntime
import Files
import Foundation
import MPITransport
import MessagePassing
import Synchronization
import Telemetry
import TrainingCluster

/// Starts workers as further processes of the MPI job: this program with the run's own configuration, and `--recruit` behind it.
final class MPISpawner: WorkerSpawner {
    private let runtime: MPIRuntime
    private let transport: MPITransport
    private let arguments: [String]
    private let batches = Atomic<UInt32>(0)

    /// How long a host may take to answer before a process is started on it.
    private static let probeLimit = Duration.seconds(10)
    /// How long new processes may take to start MPI.
    private static let meetingLimit = Duration.seconds(60)

    /// - Parameter arguments: of the new processes, before `--recruit`.
    init(runtime: MPIRuntime, transport: MPITransport, arguments: [String]) {
        self.runtime = runtime
        self.transport = transport
        self.arguments = arguments
    }

    /// See `WorkerSpawner`. Hosts other than this one are probed first, and so is mpirun: starting a process on a dead host, or through a
    /// mpirun that stands still, would block MPI for ever.
    func spawn(_ role: Role, count: Int, hosts: [String]) async throws -> [PeerAddress] {
        if let fault = hosts.lazy.compactMap(HostPlace.fault(of:)).first { throw ClusterError(fault) }
        let here = ProcessInfo.processInfo.hostName
        if ProcessInfo.processInfo.environment["OMPI_MCA_oob_tcp_if_include"] == "lo",
            let host = hosts.map(Self.name).first(where: { $0 != here && $0 != "localhost" })
        {
            throw ClusterError(
                "\(host): this run was started for one machine, and MPI listens on its loopback interface alone; start it with a hostfile that names another host"
            )
        }
        let parent = getppid()
        guard ProcessStatus(parent)?.isStopped != true else {
            throw ClusterError("mpirun (process \(parent)) is stopped: it can start nothing until it goes on (kill -CONT \(parent))")
        }
        for host in Set(hosts.map(Self.name)).sorted() where host != here { try await HostProbe.check(host, limit: Self.probeLimit) }
        let number = batches.wrappingAdd(1, ordering: .relaxed).newValue
        let program = SpawnedProgram(
            path: try Self.executable(),
            arguments: arguments + ["--recruit", "\(role.rawValue):\(number)"],
            folder: FileManager.default.currentDirectoryPath)
        let batch = try await runtime.spawn(
            program, count: count, hosts: Self.slots(hosts.filter { Self.name($0) != here }, count), deadline: Self.meetingLimit)
        return await transport.admit(batch, number: number)
    }

    private static func name(_ host: String) -> String { String(host.prefix { $0 != ":" }) }

    /// `name:slots` for each host; where no number is given, as many as there are processes to start.
    private static func slots(_ hosts: [String], _ count: Int) -> [String] {
        var seen: Set<String> = []
        return hosts.filter { seen.insert(name($0)).inserted }.map { $0.contains(":") ? $0 : "\($0):\(count)" }
    }

    private static func executable() throws -> String {
        let link = "/proc/self/exe"
        return try FileFailure.naming("read the link", link) { try FileManager.default.destinationOfSymbolicLink(atPath: link) }
    }
}

/// Asks a host whether it is there, through the door that mpirun itself uses.
enum HostProbe {
    /// Runs `true` on a host through mpirun's remote shell: `OMPI_MCA_plm_rsh_agent` or ssh.
    ///
    /// - Throws: `ClusterError` if the host does not answer in time. Inside a Slurm allocation nothing is asked: there mpirun starts its
    ///   daemons with srun, and a host that Slurm has allotted answers.
    static func check(_ host: String, limit: Duration) async throws {
        if let fault = HostPlace.fault(of: host) { throw ClusterError(fault) }
        let environment = ProcessInfo.processInfo.environment
        guard environment["SLURM_JOB_ID"] == nil else { return }
        let agent = (environment["OMPI_MCA_plm_rsh_agent"] ?? "ssh").split(separator: " ").map(String.init)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        // A name is never an option; ssh is told so, other agents may not know the word.
        let isSSH = agent.first.map { $0 == "ssh" || $0.hasSuffix("/ssh") } ?? false
        process.arguments = agent + (isSSH ? ["--"] : []) + [host, "true"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch {
            throw ClusterError("\(agent.joined(separator: " ")) can't be run: \(FileFailure.words(of: error))")
        }
        let end = ContinuousClock.now + limit
        while process.isRunning {
            guard .now < end else {
                process.terminate()
                throw ClusterError("host \(host) does not answer '\(agent.joined(separator: " ")) \(host) true' within \(limit)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        guard process.terminationStatus == 0 else {
            throw ClusterError("host \(host): '\(agent.joined(separator: " ")) \(host) true' failed with code \(process.terminationStatus)")
        }
    }
}
