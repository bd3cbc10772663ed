import ActorRuntime
import Configuration
import Orchestration
import Telemetry

/// Changes of the number of workers that are under way: what operators asked for, and replacements of lost ranks.
struct ScalingWork: Sendable {
    /// One request, until it is done.
    struct Order: Sendable {
        /// Its name in the mailbox; nil for a replacement that nobody asked for.
        let name: String?
        /// Ranks that are to become ready, by role.
        var awaited: [Role: Int]
        /// Ranks that are to leave.
        var leaving: Set<WorkerID>
        let since: Duration

        var isDone: Bool { leaving.isEmpty && awaited.values.allSatisfy { $0 <= 0 } }
    }

    var mailbox: ScaleMailbox
    var orders: [Order] = []
    /// Ranks that are being started.
    var spawning: [Role: Int] = [:]
    /// Since when some are; nil while none is.
    var spawningSince: Duration?
    /// When the mailbox is looked at next.
    var nextLook = Duration.zero
    /// Spawns in a row that brought nobody, and when the next may be tried.
    var failures: [Role: Int] = [:]
    var nextRespawn: [Role: Duration] = [:]

    init(runFolder: String) {
        mailbox = ScaleMailbox(runFolder: runFolder)
        mailbox.removeAll()
    }

    /// What a run that waits in vain says of it: MPI answers nobody while it starts ranks, so that all others seem to be lost.
    func obstacle(at now: Duration) -> String? {
        spawningSince.map { since in
            let seconds = ((now - since) / .seconds(1) * 10).rounded() / 10
            return "ranks have been starting for \(seconds) s, and MPI hears nobody until they have: mpirun or what it starts stands still"
        }
    }

    mutating func hasLeft(_ worker: WorkerID) { for index in orders.indices { orders[index].leaving.remove(worker) } }
}

extension Controller {
    /// Seconds before a replacement that came to nothing is tried again, doubled each time.
    private static let respawnPause = Duration.seconds(2)
    private static let longestRespawnPause = Duration.seconds(120)

    /// Takes requests, replaces lost ranks, answers what is done.
    func tendScaling() {
        if now >= scaling.nextLook {
            scaling.nextLook = now + .milliseconds(400)
            for (name, request, reason) in scaling.mailbox.take() {
                guard let request else {
                    log.warning("a scale request is refused", ["request": name, "reason": reason ?? ""])
                    continue
                }
                take(request, name)
            }
        }
        let limit = inputs.configuration.cluster.startupDeadline
        for member in roster.all where roster.state(of: member.id) == .joining && hasBegun && now - member.since >= limit {
            log.warning("a rank that joined is not ready in time", ["worker": member.id.rawValue, "limit": limit])
            roster.change(member.id, at: now) { $0.dismiss(member.id) }
        }
        replaceLost()
        for order in scaling.orders {
            guard let name = order.name else { continue }
            if order.isDone {
                scaling.mailbox.reply(to: name, ScaleAnswer(state: .done, message: counts))
            } else if now - order.since >= limit {
                let missing =
                    order.awaited.filter { $0.value > 0 }.map { "\($0.value) \($0.key.rawValue) not ready" }
                    + order.leaving.sorted().map { "rank \($0.rawValue) has not left" }
                scaling.mailbox.reply(to: name, ScaleAnswer(state: .failed, message: "after \(limit): \(missing.joined(separator: ", "))"))
            }
        }
        scaling.orders.removeAll { $0.isDone || now - $0.since >= limit }
    }

    private var counts: String { "\(roster.count(.rollout)) rollout and \(roster.count(.judge)) judge ranks" }

    private func take(_ request: ScaleRequest, _ name: String) {
        if let reason = refusal(request) {
            log.warning("a scale request is refused", ["reason": reason])
            return scaling.mailbox.reply(to: name, ScaleAnswer(state: .refused, message: reason))
        }
        log.notice("scaling", ["rollouts": request.rollouts, "judges": request.judges])
        var order = ScalingWork.Order(name: name, awaited: [:], leaving: [], since: now)
        for (role, change) in [(Role.rollout, request.rollouts), (Role.judge, request.judges)] where change != 0 {
            roster.targets[role, default: 0] += change
            if change > 0 {
                order.awaited[role] = change
                spawn(role, change, hosts: request.hosts, for: name)
            } else {
                // The newest go first: the ranks of the beginning are mpirun's own.
                for member in roster.members(role).filter({ roster.membership.counts($0.id) }).suffix(-change) {
                    roster.change(member.id, at: now) { $0.dismiss(member.id) }
                    order.leaving.insert(member.id)
                }
            }
        }
        scaling.orders.append(order)
        scaling.mailbox.reply(to: name, ScaleAnswer(state: .accepted, message: counts))
    }

    private func refusal(_ request: ScaleRequest) -> String? {
        let changes = [(Role.rollout, request.rollouts), (Role.judge, request.judges)]
        guard changes.contains(where: { $0.1 != 0 }) else { return "no change was asked for" }
        guard request.hosts.count <= ScaleRequest.largestChange else { return "\(request.hosts.count) hosts are too many" }
        if let fault = request.hosts.lazy.compactMap(HostPlace.fault(of:)).first { return fault }
        for (role, change) in changes {
            guard change.magnitude <= UInt(ScaleRequest.largestChange) else { return "\(change) \(role.rawValue) ranks are too many" }
            if change < 0, roster.count(role) + change < 1 {
                return "there are \(roster.count(role)) \(role.rawValue) ranks: at least one must stay"
            }
            if change > 0, spawner == nil { return "this run can't start further ranks" }
        }
        return nil
    }

    /// Starts replacements for ranks that are lost, if the configuration wants them.
    private func replaceLost() {
        guard inputs.configuration.cluster.respawn, spawner != nil, hasBegun else { return }
        for role in [Role.rollout, .judge] {
            let missing = (roster.targets[role] ?? 0) - roster.count(role) - scaling.spawning[role, default: 0]
            guard missing > 0, now >= scaling.nextRespawn[role, default: .zero] else { continue }
            let pause = Self.respawnPause * (1 << min(scaling.failures[role, default: 0], 10))
            scaling.nextRespawn[role] = now + min(pause, Self.longestRespawnPause)
            // Where they were, as far as that is elsewhere.
            let here = roster[WorkerID(0)]?.host
            let hosts = roster.members(role).filter { roster.state(of: $0.id) == .lost && $0.processID != nil && $0.host != here }
                .suffix(missing).map(\.host)
            log.notice("lost ranks are replaced", ["role": role.rawValue, "count": missing])
            spawn(role, missing, hosts: hosts, for: nil)
        }
    }

    /// Starts workers in the background.
    private func spawn(_ role: Role, _ count: Int, hosts: [String], for name: String?) {
        guard let spawner else { return }
        scaling.spawning[role, default: 0] += count
        scaling.spawningSince = scaling.spawningSince ?? now
        Task {
            let result: Result<[PeerAddress], any Error>
            do { result = .success(try await spawner.spawn(role, count: count, hosts: hosts)) } catch { result = .failure(error) }
            self.spawned(role, count, result, for: name)
        }
    }

    private func spawned(_ role: Role, _ count: Int, _ result: Result<[PeerAddress], any Error>, for name: String?) {
        scaling.spawning[role, default: count] -= count
        if scaling.spawning.values.allSatisfy({ $0 <= 0 }) { scaling.spawningSince = nil }
        switch result {
        case .success(let peers):
            for peer in peers { _ = roster.enlist(role, at: peer, now: now) }
        case .failure(let error):
            scaling.failures[role, default: 0] += 1
            log.error("ranks could not be started", ["role": role.rawValue, "count": count, "error": "\(error)"])
            if let name {
                roster.targets[role, default: count] -= count
                scaling.orders.removeAll { $0.name == name }
                scaling.mailbox.reply(to: name, ScaleAnswer(state: .failed, message: "\(error)"))
            }
        }
        changed()
    }

    /// A rank that would not compute what the run computes may not join. Whoever asked for it hears why.
    func refuse(_ worker: Roster.Worker, _ reason: String) {
        guard roster.change(worker.id, at: now, { $0.dismiss(worker.id) }) else { return }
        log.error("a rank may not join", ["worker": worker.id.rawValue, "role": worker.role.rawValue, "reason": reason])
        scaling.failures[worker.role, default: 0] += 1
        if let index = scaling.orders.firstIndex(where: { $0.awaited[worker.role, default: 0] > 0 }) {
            let order = scaling.orders.remove(at: index)
            roster.targets[worker.role, default: 1] -= order.awaited[worker.role, default: 0]
            if let name = order.name { scaling.mailbox.reply(to: name, ScaleAnswer(state: .failed, message: reason)) }
        }
        changed()
    }

    /// The rank at an address shows inputs that are not the run's.
    func refuse(at peer: PeerAddress, _ reason: String) {
        guard let worker = roster.worker(at: peer) else { return log.error("a rank may not join", ["peer": peer, "reason": reason]) }
        refuse(worker, reason)
    }

    /// A rank that joined late takes work from now on.
    func joined(_ role: Role) {
        scaling.failures[role] = 0
        if let index = scaling.orders.firstIndex(where: { $0.awaited[role, default: 0] > 0 }) {
            scaling.orders[index].awaited[role, default: 1] -= 1
        }
    }
}
