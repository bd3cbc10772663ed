import ActorRuntime
import Checkpointing
import Configuration
import Datasets
import Distributed
import LinearAlgebra
import Orchestration
import Telemetry
package import Trajectories

/// Before the first step all pictures are looked at, by all ranks. Only the controller draws problems, and it names them by their place in the whole
/// data set: what is left out is known here alone, and who joins later need not hear of it.
extension Controller {
    /// The pictures of a group in work, for a rank that can't read them.
    package distributed func pictures(of group: GroupID) async throws -> [PictureMessage] {
        guard let problem = problems[group] else { throw ClusterError("\(group) is not in work") }
        log.warning("a rank can't read a picture, and gets it from here", ["group": group, "problem": problem.id.rawValue])
        return try await ComputeThreads.run { try problem.images.map { try PictureMessage($0) } }
    }

    /// Leaves out the problems whose pictures can't be used.
    ///
    /// - Throws: `DatasetError` if they are more than `data.max_bad_share` of a data set.
    func checkPictures() async throws {
        let configuration = inputs.configuration
        var known = PictureRecords(folder: configuration.output)
        trainProblems = try await usable(.train, of: inputs.train, named: "data.train", &known)
        if let validation = inputs.validation, configuration.validation.every > 0 || configuration.validation.atStart {
            validationProblems = try await usable(.validation, of: validation, named: "data.validation", &known)
        }
    }

    private func usable(
        _ purpose: Purpose, of source: any ProblemSource, named name: String, _ known: inout PictureRecords
    ) async throws -> UsableProblems {
        guard let check = try inputs.pictureCheck(for: purpose), check.count > 0 else { return UsableProblems(source) }
        let faults: [PictureFault]
        if let found = known.faults(of: check, keepsList: records.metrics.byteOffset > 0) {
            faults = found
        } else {
            faults = try await sharedFaults(check, purpose, name)
            known.add(faults, of: check)
            try records.lease.check()
            do {
                try known.write()
            } catch {
                log.warning("what is known of the pictures can't be kept", ["reason": "\(error)"])
            }
        }
        let problems = check.folder.usable(without: faults)
        try problems.check(maximumBadShare: inputs.configuration.data.maxBadShare)
        return problems
    }

    /// Deals the pictures out to all ranks until each is looked at. A rank that does not answer gets no more, and others do its part.
    private func sharedFaults(_ check: PictureCheck, _ purpose: Purpose, _ name: String) async throws -> [PictureFault] {
        let parts = PictureParts(count: check.count)
        let beat = ProgressBeat(interval: .seconds(5))
        log.info("pictures are looked at", ["data": name, "pictures": check.count, "decoded": min(check.count, PictureCheck.decodedCount)])
        let helpers = roster.all.filter { roster.membership.counts($0.id) }
        let tasks = helpers.map { helper in
            Task {
                do {
                    try await self.deal(parts, of: check, purpose, to: helper) {
                        if beat.isDue() {
                            self.log.info("pictures are looked at", ["data": name, "done": parts.doneCount, "pictures": check.count])
                        }
                    }
                } catch is CancellationError {
                    return
                } catch {
                    self.gaveUp(helper, error)
                }
            }
        }
        defer { for task in tasks { task.cancel() } }
        try await wait(for: "\(check.count) pictures of \(name) to be looked at") { parts.isDone }
        return parts.faults
    }

    /// Gives one rank part after part. The controller's own rank stays until all are done: what others give back is its.
    private func deal(
        _ parts: PictureParts, of check: PictureCheck, _ purpose: Purpose, to helper: Roster.Worker, progressed: () -> Void
    ) async throws {
        let isHere = helper.peer == actorSystem.localPeer
        let checker: PictureChecker = try actorSystem.actor(ClusterLayout.Name.pictures, at: helper.peer)
        while !parts.isDone {
            guard let part = parts.take() else {
                guard isHere else { return }
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            let range = parts.ranges[part]
            do {
                let faults = try await ClusterActorSystem.withCallDeadline(inputs.configuration.cluster.callDeadline * 4) {
                    try await checker.faults(purpose, first: range.lowerBound, count: range.count, data: check.folder.digest)
                }
                parts.finish(part, faults)
            } catch {
                parts.giveBack(part)
                throw error
            }
            progressMade(by: helper.id)
            progressed()
            changed()
        }
    }

    private func gaveUp(_ helper: Roster.Worker, _ error: any Error) {
        let reason = "rank \(helper.id.rawValue) can't look at pictures: \(error)"
        // What a rank throws by itself, the controller's or one with other data, would end the run later.
        let isLost = (error as? RemoteFailure).map { $0.code != .thrown } ?? false
        if isLost {
            log.warning("a rank does not help with the pictures", ["worker": helper.id.rawValue, "reason": "\(error)"])
        } else {
            fatal = ClusterError(reason)
        }
        changed()
    }
}
