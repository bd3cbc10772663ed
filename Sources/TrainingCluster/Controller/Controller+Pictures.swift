import ActorRuntime
import Checkpointing
import Configuration
import Tasks
import Distributed
import LinearAlgebra
import Orchestration
import Telemetry
package import Trajectories

/// Before the first step all pictures are read: on every machine by its own ranks, so that each has the same, and decoded by all ranks together. Only
/// the controller draws problems, and it names them by their place in the whole data set: what is left out is known here alone, and who joins later need
/// not hear of it.
extension Controller {
    /// The pictures of a group in work, for a rank that can't read them.
    package distributed func pictures(of group: GroupID) async throws -> [PictureMessage] {
        guard let problem = problems[group] else { throw ClusterError("\(group) is not in work") }
        log.warning("a rank can't read a picture, and gets it from here", ["group": group, "problem": problem.id.rawValue])
        return try await ComputeThreads.run { try problem.images.map { try PictureMessage($0) } }
    }

    /// Leaves out the problems whose pictures can't be used, and sees that all machines have the run's pictures.
    ///
    /// - Returns: what the pictures are, for the run's identity.
    /// - Throws: `DatasetError` if more than `data.max_bad_share` of a data set are left out; ``IdentityDifference`` for pictures that are others.
    func checkPictures() async throws -> [InputClaim] {
        let configuration = inputs.configuration
        var known = PictureRecords(folder: configuration.output)
        var claims: [InputClaim] = []
        trainProblems = try await usable(.train, of: inputs.train, named: "data.train", &known, &claims)
        if let validation = inputs.validation, configuration.validation.every > 0 || configuration.validation.atStart {
            validationProblems = try await usable(.validation, of: validation, named: "data.validation", &known, &claims)
        }
        guard !claims.isEmpty else { return [] }
        try records.lease.check()
        do {
            try known.write()
        } catch {
            log.warning("what is known of the pictures can't be kept", ["reason": "\(error)"])
        }
        return claims
    }

    private func usable(
        _ purpose: Purpose, of source: any ProblemSource, named name: String, _ known: inout PictureRecords, _ claims: inout [InputClaim]
    ) async throws -> UsableProblems {
        guard let check = try inputs.pictureCheck(for: purpose), check.count > 0 else { return UsableProblems(source) }
        let sights = try await sharedSights(check, purpose, name)
        pictureDigests[purpose] = sights.map(\.digest)
        var entry = PictureRecords.Entry(
            list: check.listDigest, pictures: check.count,
            faults: sights.compactMap { sight in sight.fault.map { PictureFault(picture: sight.picture, reason: $0) } },
            digests: sights.map { $0.fault == nil ? $0.digest ?? "" : "" })
        if records.startStep > 0 || records.metrics.byteOffset > 0, let begun = known.entry(of: check) {
            try await compare(sights, with: begun, check, name)
            entry = PictureRecords.Entry(
                list: begun.list, pictures: begun.pictures, faults: begun.faults, digests: begun.digests ?? entry.digests)
        }
        known.add(entry)
        claims.append(InputClaim(name: "\(name)/\(PictureRecords.claimName)", value: entry.digest))
        let problems = check.folder.usable(without: entry.faults)
        try problems.check(maximumBadShare: inputs.configuration.data.maxBadShare)
        return problems
    }

    /// Refuses pictures that are others than those that the run began with. One that can't be decoded any more is a loss, which drops its groups.
    private func compare(
        _ sights: [PictureSight], with begun: PictureRecords.Entry, _ check: PictureCheck, _ name: String
    ) async throws {
        let changed = zip(sights, begun.digests ?? []).compactMap { sight, digest in
            sight.digest != nil && sight.fault == nil && !digest.isEmpty && sight.digest != digest ? sight.picture : nil
        }
        let others = try await ComputeThreads.run { changed.filter { check.decodedSight(of: $0).fault == nil } }
        guard !others.isEmpty else { return }
        throw IdentityDifference(
            "\(inputs.configuration.output) can't be continued: pictures are not those that the run began with",
            others.map { "\(name): \(check.folder.path(ofPicture: $0)) has other bytes" },
            remedy: "put back what changed, or begin a run of its own with another --output")
    }

    // MARK: - Sharing the work

    /// Looks at all pictures on every machine, and compares what machines have.
    private func sharedSights(_ check: PictureCheck, _ purpose: Purpose, _ name: String) async throws -> [PictureSight] {
        let here = roster[WorkerID(0)]?.place ?? ""
        let helpers = Dictionary(grouping: roster.all.filter { roster.membership.counts($0.id) }) { $0.place }
        // This machine's pictures are what others' are compared with.
        let places = [here] + helpers.keys.filter { $0 != here }.sorted()
        let beat = ProgressBeat(interval: .seconds(5))
        log.info(
            "pictures are looked at",
            ["data": name, "pictures": check.count, "decoded": min(check.count, PictureCheck.decodedCount), "places": places.count])
        let parts = places.map { _ in PictureParts<PictureSight>(count: check.count) }
        var tasks: [Task<Void, Never>] = []
        for (turn, place) in places.enumerated() {
            for helper in helpers[place] ?? [] {
                tasks.append(
                    Task {
                        do {
                            try await self.deal(parts[turn], of: check, purpose, to: helper, decoding: (turn, places.count)) {
                                if beat.isDue() {
                                    let done = parts.reduce(0) { $0 + $1.doneCount }
                                    self.log.info("pictures are looked at", ["data": name, "done": done, "of": check.count * places.count])
                                }
                            }
                        } catch is CancellationError {
                            return
                        } catch {
                            self.gaveUp(helper, error)
                        }
                    })
            }
        }
        defer { for task in tasks { task.cancel() } }
        // A machine that is lost with all its ranks is of the run no more.
        func isOver(_ turn: Int) -> Bool {
            parts[turn].isDone || turn > 0 && (helpers[places[turn]] ?? []).allSatisfy { !roster.membership.counts($0.id) }
        }
        try await wait(for: "\(check.count) pictures of \(name) to be looked at") { places.indices.allSatisfy { isOver($0) } }
        for (turn, place) in places.enumerated() where parts[turn].isDone { verifiedPlaces.insert(place) }
        let own = parts[0].found
        var strange: [String] = []
        for turn in places.indices.dropFirst() {
            let ranks = (helpers[places[turn]] ?? []).map { "rank \($0.id.rawValue)" }.joined(separator: ", ")
            let host = helpers[places[turn]]?.first?.host ?? "?"
            strange += Self.strangers(parts[turn].found, own).map {
                "\(ranks) on \(host): \(name): \(check.folder.path(ofPicture: $0)) has other bytes than on rank 0"
            }
        }
        guard strange.isEmpty else {
            throw IdentityDifference(
                "the ranks would not compute the same", strange, remedy: "give all ranks the same configuration, model files and data")
        }
        return try await faults(own, check, parts)
    }

    /// Pictures that two machines can read and that differ.
    private static func strangers(_ found: [PictureSight], _ own: [PictureSight]) -> [Int] {
        let digests = Dictionary(own.map { ($0.picture, $0.digest) }) { first, _ in first }
        return found.compactMap { sight in
            guard let digest = sight.digest, let known = digests[sight.picture] ?? nil, known != digest else { return nil }
            return sight.picture
        }
    }

    /// This machine's sights with what others have found by decoding for it. What another machine could not decode, or never did, is decoded here.
    private func faults(
        _ own: [PictureSight], _ check: PictureCheck, _ parts: [PictureParts<PictureSight>]
    ) async throws -> [PictureSight] {
        var good: Set<Int> = []
        for (turn, other) in parts.enumerated().dropFirst() {
            for sight in other.found where sight.fault == nil && sight.digest != nil && Self.decodes(sight.picture, turn, parts.count) {
                good.insert(sight.picture)
            }
        }
        let open = own.filter { sight in
            sight.fault == nil && !Self.decodes(sight.picture, 0, parts.count) && !good.contains(sight.picture)
        }.map(\.picture)
        guard !open.isEmpty else { return own }
        let again = try await ComputeThreads.run { open.flatMap { check.sights(in: $0..<$0 + 1, decodes: true) } }
        let found = Dictionary(again.map { ($0.picture, $0) }) { first, _ in first }
        return own.map { found[$0.picture] ?? $0 }
    }

    /// Whether the machine whose turn it is decodes a picture for all.
    private static func decodes(_ picture: Int, _ turn: Int, _ count: Int) -> Bool {
        picture / PictureParts<PictureSight>.size % count == turn
    }

    /// Gives one rank part after part.
    ///
    /// - Parameter turn: which place it is of, and of how many, when it comes to decoding.
    private func deal(
        _ parts: PictureParts<PictureSight>, of check: PictureCheck, _ purpose: Purpose, to helper: Roster.Worker,
        decoding turn: (own: Int, count: Int), progressed: () -> Void
    ) async throws {
        let checker: PictureChecker = try actorSystem.actor(ClusterLayout.Name.pictures, at: helper.peer)
        while !parts.isDone {
            guard let part = parts.take() else {
                // What others give back is for whoever is still there.
                try await Task.sleep(for: .milliseconds(20))
                continue
            }
            let range = parts.ranges[part]
            do {
                let found = try await ClusterActorSystem.withCallDeadline(inputs.configuration.cluster.callDeadline * 4) {
                    try await checker.sights(
                        purpose, first: range.lowerBound, count: range.count,
                        decodes: Self.decodes(range.lowerBound, turn.own, turn.count), data: check.folder.digest)
                }
                parts.finish(part, found)
            } catch let failure as RemoteFailure where failure.isRetryable && roster.membership.counts(helper.id) {
                // Only ranks of its place can do it: whoever is late is asked again, until it is lost.
                parts.giveBack(part)
                log.warning("a rank is late with its pictures", ["worker": helper.id.rawValue, "reason": "\(failure)"])
                try await Task.sleep(for: .seconds(1))
                continue
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
            end(by: ClusterError(reason))
        }
        changed()
    }

    // MARK: - Ranks that join

    /// Sees that a rank which joins from a machine of its own has the run's pictures; until then it is given nothing.
    ///
    /// - Returns: Whether that is under way. If not, there is nothing to look at, or it is known.
    func looksAtPictures(of worker: Roster.Worker, place: String) -> Bool {
        guard worker.role == .rollout, !pictureDigests.isEmpty, !verifiedPlaces.contains(place) else { return false }
        guard lookingAt.insert(worker.id).inserted else { return true }
        Task {
            var strange: [String] = []
            do {
                for (purpose, digests) in self.pictureDigests {
                    guard let check = try self.inputs.pictureCheck(for: purpose) else { continue }
                    let parts = PictureParts<PictureSight>(count: check.count)
                    // It decodes nothing: equal bytes decode alike.
                    try await self.deal(parts, of: check, purpose, to: worker, decoding: (-1, 1)) {}
                    let own = digests.enumerated().map { PictureSight(picture: $0, digest: $1, fault: nil) }
                    strange += Self.strangers(parts.found, own).map { check.folder.path(ofPicture: $0) }
                }
                self.haveLooked(at: worker, place, strange)
            } catch {
                self.lookingAt.remove(worker.id)
                self.log.warning("a rank that joins can't look at its pictures", ["worker": worker.id.rawValue, "reason": "\(error)"])
            }
        }
        return true
    }

    private func haveLooked(at worker: Roster.Worker, _ place: String, _ strange: [String]) {
        lookingAt.remove(worker.id)
        guard strange.isEmpty else {
            let more = strange.count > 3 ? " and \(strange.count - 3) more" : ""
            let names = strange.prefix(3).joined(separator: ", ") + more
            return refuse(worker, "it has other pictures than the run: \(names)")
        }
        verifiedPlaces.insert(place)
        admit(worker.id)
    }
}
