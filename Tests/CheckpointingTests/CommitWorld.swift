import Checkpointing

/// A disk, and the jobs that write checkpoints to it one after the other, as far as ``CheckpointCommit`` needs them: learner ranks that are
/// killed, that are too slow for a meeting, that go on writing after another job has taken over; disks that fail; bits that rot.
///
/// Whatever happens is one `act` after another, chosen at random; `check` holds after each.
struct CommitWorld {
    /// A folder, by what is in it.
    struct Folder: Equatable {
        /// Who wrote each shard.
        var shards: [Int: Writer] = [:]
        var rankCount = 0
        var hasState = false
        var hasManifest = false
        var isDamaged = false

        struct Writer: Equatable {
            let generation: Int
            let save: Int
        }

        var isComplete: Bool {
            hasState && hasManifest && rankCount > 0 && Set(shards.keys) == Set(0..<rankCount) && Set(shards.values.map(\.save)).count == 1
        }
    }

    struct PartialName: Hashable {
        let step: Int
        let generation: Int
    }

    /// A learner rank as a process.
    struct Rank {
        var isAlive = true
        var commit: CheckpointCommit?
        /// Meetings of this save that it has been to.
        var meetings = 0
        var hasPosted = false
    }

    struct Job {
        let generation: Int
        var ranks: [Rank]
        var hasCleanedUp = false
        /// The step that is being saved, or was saved last.
        var step = 0
        var save = 0
        var publications = 0
        /// What each rank said in each meeting of this save.
        var posts: [[CheckpointError??]] = []
        var mustRetain = false
        /// A clean-up work failed in this save: leftovers are no surprise.
        var isUntidy = false
    }

    var random: SeededGenerator
    var finals: [Int: Folder] = [:]
    var partials: [PartialName: Folder] = [:]
    var displaced: [Int: Folder] = [:]
    var jobs: [Job] = []
    /// Steps that were committed, whose checkpoint was neither damaged nor retired since.
    var kept: Set<Int> = []
    /// What was reached, by name: an exploration that never gets somewhere proves nothing about it.
    var reached: [String: Int] = [:]
    /// Broken invariants.
    var faults: [String] = []
    private var saves = 0

    private static let error = CheckpointError(.unwritable, path: "disk", "injected")

    init(seed: UInt64) {
        random = SeededGenerator(state: seed)
        takeOver()
    }

    private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }

    private mutating func note(_ name: String) { reached[name, default: 0] += 1 }

    // MARK: - What may happen

    /// One thing happens.
    mutating func act() {
        if chance(0.004) { return takeOver() }
        if chance(0.002), let newest = finals.keys.max() {
            finals[newest]?.isDamaged = true
            kept.remove(newest)
            return note("damage")
        }
        // Mostly the newest job, and sometimes one that does not know that it was replaced.
        let old = jobs.indices.dropLast().filter { jobs[$0].ranks.contains(where: \.isAlive) }
        let job = chance(0.3) ? old.randomElement(using: &random) ?? jobs.count - 1 : jobs.count - 1
        guard jobs[job].hasCleanedUp else { return cleanUp(job) }
        if jobs[job].mustRetain, chance(0.3) { return retain(job) }
        let alive = jobs[job].ranks.indices.filter { jobs[job].ranks[$0].isAlive }
        guard let rank = alive.randomElement(using: &random) else { return }
        if chance(0.004) {
            jobs[job].ranks[rank].isAlive = false
            return note("killed at \(jobs[job].ranks[rank].commit?.work?.rawValue ?? "rest")")
        }
        guard let work = jobs[job].ranks[rank].commit?.work else { return begin(job) }
        if work == .meet { meet(job, rank) } else { perform(work, job, rank) }
    }

    /// Another job takes the lease. Ranks of the one before may be dead, or only cut off.
    private mutating func takeOver() {
        if let last = jobs.indices.last {
            for rank in jobs[last].ranks.indices where chance(0.5) { jobs[last].ranks[rank].isAlive = false }
        }
        jobs = jobs.suffix(3)
        let count = Int.random(in: 1...4, using: &random)
        jobs.append(Job(generation: (jobs.last?.generation ?? 0) + 1, ranks: .init(repeating: Rank(), count: count)))
        note("takeover")
    }

    /// The new holder removes leftovers, then looks for the newest good checkpoint.
    private mutating func cleanUp(_ job: Int) {
        partials = [:]
        for (step, folder) in displaced where finals[step] == nil { finals[step] = folder }
        displaced = [:]
        jobs[job].hasCleanedUp = true
        let newest = finals.filter { !$0.value.isDamaged }.keys.max() ?? 0
        if newest < kept.max() ?? 0 { faults.append("step \(kept.max() ?? 0) was committed, and the next job finds step \(newest)") }
        jobs[job].step = newest
    }

    /// A save begins once all ranks have reported the one before; a job that has lost a rank saves no more.
    private mutating func begin(_ job: Int) {
        guard jobs[job].ranks.allSatisfy({ $0.isAlive && $0.commit?.work == nil }), !jobs[job].mustRetain else { return }
        saves += 1
        jobs[job].step += 1
        jobs[job].save = saves
        jobs[job].publications = 0
        jobs[job].isUntidy = false
        let count = jobs[job].ranks.count
        jobs[job].posts = .init(repeating: .init(repeating: nil, count: count), count: 2)
        for rank in 0..<count { jobs[job].ranks[rank] = Rank(commit: CheckpointCommit(rank: rank, rankCount: count)) }
        note("save")
    }

    private mutating func retain(_ job: Int) {
        jobs[job].mustRetain = false
        for step in finals.keys.sorted().dropLast(2) {
            finals[step] = nil
            kept.remove(step)
        }
        note("retention")
    }

    private mutating func meet(_ job: Int, _ rank: Int) {
        let meeting = jobs[job].ranks[rank].meetings
        guard jobs[job].ranks[rank].hasPosted else {
            jobs[job].posts[meeting][rank] = .some(jobs[job].ranks[rank].commit?.report)
            jobs[job].ranks[rank].hasPosted = true
            return
        }
        let posts = jobs[job].posts[meeting].compactMap(\.self)
        let isWaitingForDead = jobs[job].ranks.indices.contains { !jobs[job].ranks[$0].isAlive && jobs[job].posts[meeting][$0] == nil }
        if chance(isWaitingForDead ? 0.3 : 0.01) {
            note("missed meeting")
            jobs[job].ranks[rank].commit?.missed(Self.error)
        } else if posts.count == jobs[job].ranks.count {
            jobs[job].ranks[rank].commit?.met(posts)
            jobs[job].ranks[rank].meetings += 1
            jobs[job].ranks[rank].hasPosted = false
        }
        checkEnd(job, rank)
    }

    // MARK: - The disk

    private mutating func perform(_ work: CheckpointCommit.Work, _ job: Int, _ rank: Int) {
        if chance(0.02) {
            note("failed \(work.rawValue)")
            // A rename may be seen and still fail, when the folder can't be synced.
            if work == .displace, chance(0.5) { _ = effect(work, job, rank) }
            if [.discard, .restore, .tidy, .settle].contains(work) { jobs[job].isUntidy = true }
            jobs[job].ranks[rank].commit?.failed(Self.error)
        } else if let error = effect(work, job, rank) {
            if [.discard, .restore, .tidy].contains(work) { jobs[job].isUntidy = true }
            jobs[job].ranks[rank].commit?.failed(error)
        } else {
            jobs[job].ranks[rank].commit?.succeeded()
        }
        checkEnd(job, rank)
    }

    /// Does a piece of work, or says why the disk refuses it.
    private mutating func effect(_ work: CheckpointCommit.Work, _ job: Int, _ rank: Int) -> CheckpointError? {
        let (step, generation) = (jobs[job].step, jobs[job].generation)
        let name = PartialName(step: step, generation: generation)
        let isOld = job < jobs.count - 1
        switch work {
        case .claim, .confirm:
            guard jobs.last?.generation == generation else {
                note("lease lost at \(work.rawValue)")
                return CheckpointError(.leaseLost, path: "lease", "another generation")
            }
        case .open: partials[name] = Folder()
        case .shard:
            guard partials[name] != nil else { return Self.error }
            partials[name]?.shards[rank] = Folder.Writer(generation: generation, save: jobs[job].save)
        case .state:
            guard partials[name] != nil else { return Self.error }
            partials[name]?.hasState = true
        case .manifest:
            guard partials[name] != nil else { return Self.error }
            partials[name]?.hasManifest = true
            partials[name]?.rankCount = jobs[job].ranks.count
        case .displace:
            guard let folder = finals[step] else { return nil }
            note(isOld ? "displaced by an old job" : "displaced")
            displaced[step] = folder
            finals[step] = nil
        case .publish:
            guard let folder = partials[name], finals[step] == nil else {
                note("nothing to publish")
                return Self.error
            }
            note(isOld ? "published by an old job" : "published")
            if jobs[(job + 1)...].contains(where: \.hasCleanedUp) {
                faults.append("generation \(generation) commits after its successor cleaned up")
            }
            partials[name] = nil
            finals[step] = folder
            kept.insert(step)
            jobs[job].publications += 1
        case .tidy: displaced[step] = nil
        case .restore:
            if let folder = displaced[step], finals[step] == nil {
                note("restored")
                finals[step] = folder
                displaced[step] = nil
            }
        case .discard: partials[name] = nil
        case .settle, .meet: break
        }
        return nil
    }

    // MARK: - What holds

    private mutating func checkEnd(_ job: Int, _ rank: Int) {
        guard let outcome = jobs[job].ranks[rank].commit?.outcome, rank == 0 else { return }
        let name = PartialName(step: jobs[job].step, generation: jobs[job].generation)
        let isPublished = jobs[job].ranks[0].commit?.isPublished == true
        switch outcome {
        case .committed:
            note("committed")
            if !isPublished || jobs[job].publications != 1 { faults.append("committed without a publication") }
            jobs[job].mustRetain = true
        case .handedOver: faults.append("rank 0 handed its save over")
        case .failed:
            note(isPublished ? "failed after the commit" : "failed")
            if jobs[job].publications != (isPublished ? 1 : 0) {
                faults.append("a failed save was published \(jobs[job].publications) times")
            }
            if !isPublished, !jobs[job].isUntidy, job == jobs.count - 1 {
                if partials[name] != nil { faults.append("a failed save left its partial folder") }
                if displaced[name.step] != nil { faults.append("a failed save kept what it displaced") }
            }
        }
    }

    /// What must hold after everything that happens.
    mutating func check() {
        for (step, folder) in finals { if !folder.isComplete { faults.append("step \(step) is visible and incomplete: \(folder)") } }
        for (name, folder) in partials {
            if folder.shards.values.contains(where: { $0.generation != name.generation }) {
                faults.append("\(name) holds another generation's shard")
            }
        }
        for step in kept {
            if finals[step]?.isDamaged != false, displaced[step]?.isDamaged != false {
                faults.append("the committed checkpoint of step \(step) is gone")
            }
        }
        for job in jobs { if job.publications > 1 { faults.append("a save was committed \(job.publications) times") } }
    }
}
