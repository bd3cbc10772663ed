import ActorRuntime
import Configuration
import ConfigurationReading
import Tasks
import Foundation
import Judging
import Multimodal
import PolicyModel
import Synchronization
import Telemetry
import Testing
import TrainingCluster

/// What a run is a function of is compared: among its ranks, and with what it began from. What differs is named by rank, host, file or key, and nothing
/// is written.
@Suite("the identity of a run", .serialized)
struct IdentityTests: SmallRuns {
    private static let small = [
        "rollout.problems_per_step=2", "rollout.group_size=2", "rollout.max_response_tokens=8", "judge.audit.share=0", "training.steps=1",
        "placement.learner=1", "placement.rollout=1", "placement.judge=1",
    ]

    private func launch(_ configuration: RunConfiguration, resumes: Bool = false, host: String? = nil) throws -> RankHost.Launch {
        try RankHost.Launch(configuration: configuration, isResumed: resumes, command: ["test"], version: "test", host: host)
    }

    /// What ends each rank, one launch a rank; "" of one that ends well.
    private func ends(_ launches: [RankHost.Launch]) async -> [String] {
        let network = LoopbackNetwork(peerCount: launches.count)
        return await withTaskGroup(of: (Int, String).self) { group in
            for (rank, launch) in launches.enumerated() {
                group.addTask {
                    do {
                        _ = try await RankHost(
                            launch, transport: network.transport(rank: rank), stop: StopRequest(), log: Log { _ in }
                        ).run()
                        return (rank, "")
                    } catch { return (rank, "\(error)") }
                }
            }
            var ends = [String](repeating: "", count: launches.count)
            for await (rank, end) in group { ends[rank] = end }
            return ends
        }
    }

    private func copy(_ model: String, to folder: URL) throws -> URL {
        try FileManager.default.createDirectory(at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Self.root.appending(path: "configs/models/\(model)"), to: folder)
        return folder
    }

    /// The same to readers, and other bytes.
    private func respace(_ file: URL) throws { try (Data(contentsOf: file) + Data("\n".utf8)).write(to: file) }

    private func data(_ folder: URL) throws -> URL {
        try ImageFolderWriter.write(try DigitsTask(split: .training, problems: 20, seed: 5), to: folder.path) { try $0.pngEncoded() }
        return folder
    }

    private func picture(_ folder: URL, _ index: Int) -> URL {
        folder.appending(path: "images/0000\(index < 10 ? "0" : "")\(index)-0.png")
    }

    private func imageFolder(_ data: URL) -> [String] { ["data.train={type: image_folder, path: \(data.path)}"] }

    @Test("ranks with another key, another model file or other metadata are refused by name, on every rank alike, and nothing is written")
    func ranks() async throws {
        try await withFolder { root in
            let run = root.appending(path: "run")
            let one = try configuration(run, Self.small + ["placement.rollout=2"])
            let policy = try copy("digits-policy", to: root.appending(path: "models/policy"))
            try respace(policy.appending(path: "tokenizer_config.json"))
            let cases: [(settings: [String], words: [String])] = [
                (["rollout.temperature=0.9"], ["rollout.temperature is 0.9, but as by default on rank 0 (node1)"]),
                (["training.steps=7"], ["training.steps is 7, but 1 on rank 0 (node1)"]),
                (["model.policy=\(policy.path)"], ["model.policy/tokenizer_config.json is SHA-256 ", "on rank 0 (node1)"]),
            ]
            for (settings, words) in cases {
                let other = try configuration(run, Self.small + ["placement.rollout=2"] + settings)
                let launches = try [
                    launch(one, host: "node1"), launch(other, host: "node2"), launch(other, host: "node2"), launch(one, host: "node1"),
                ]
                let found = await ends(launches)
                #expect(Set(found).count == 1, "\(found)")
                for word in words + ["rank 1, rank 2 on node2: "] { #expect(found[0].contains(word), "\(found[0])") }
                #expect(!FileManager.default.fileExists(atPath: run.path + "/run.json"))
            }
            // What bears on no digest may differ.
            let patient = try configuration(
                run, Self.small + ["placement.rollout=2", "cluster.stall_deadline_seconds=99", "training.threads=1"])
            #expect(await ends(try [launch(one), launch(patient), launch(one), launch(one)]).allSatisfy { $0 == "" })
        }
    }

    @Test("a machine with another weight or another picture is refused by name; one without a picture gets it")
    func machines() async throws {
        try await withFolder { root in
            let (here, there) = (try data(root.appending(path: "here")), try data(root.appending(path: "there")))
            func launches(_ run: String, _ settings: [String] = []) throws -> [RankHost.Launch] {
                let folder = root.appending(path: run)
                let own = try configuration(folder, Self.small + imageFolder(here))
                let other = try configuration(folder, Self.small + imageFolder(there) + settings)
                return try [launch(own, host: "node1"), launch(other, host: "node2"), launch(own, host: "node1")]
            }
            #expect(await ends(try launches("equal")).allSatisfy { $0 == "" })
            try FileManager.default.removeItem(at: picture(there, 3))
            #expect(await ends(try launches("absent")).allSatisfy { $0 == "" })
            try FileManager.default.copyItem(at: picture(there, 4), to: picture(there, 3))
            let found = await ends(try launches("other"))
            #expect(
                found[0].contains("rank 1 on node2: data.train: ")
                    && found[0].contains("images/000003-0.png has other bytes than on rank 0"), "\(found)")

            let judge = try copy("digits-judge", to: root.appending(path: "models/judge"))
            var weights = try Data(contentsOf: judge.appending(path: "model.safetensors"))
            weights[weights.count - 4] ^= 1
            try weights.write(to: judge.appending(path: "model.safetensors"))
            try FileManager.default.removeItem(at: picture(there, 3))
            let refused = await ends(try launches("judge", ["judge.model=\(judge.path)"]))
            #expect(refused[0].contains("rank 1 on node2: judge.model/model.safetensors is SHA-256 "), "\(refused)")
        }
    }

    /// Trains a step on copies of models and data, lets `change` have its way with them, and goes on. Returns why not; nil if it did.
    private func goOn(
        _ settings: [String] = [], log: Log = Log { _ in }, _ change: (_ root: URL) throws -> Void
    ) async throws -> String? {
        try await withFolder { root in
            let policy = try copy("digits-policy", to: root.appending(path: "models/policy"))
            let judge = try copy("digits-judge", to: root.appending(path: "models/judge"))
            let data = try data(root.appending(path: "data"))
            let run = root.appending(path: "run")
            let own = Self.small + imageFolder(data) + ["model.policy=\(policy.path)", "judge.model=\(judge.path)"]
            #expect(try await train(try configuration(run, own))?.status == .finished)
            let before = try Data(contentsOf: run.appending(path: "run.json"))
            try change(root)
            let more = try configuration(run, own + ["training.steps=2"] + settings)
            do {
                try ResumeCheck(folder: run.path).check(more)
                let end = try await train(more, resumes: true, log: log)
                #expect(end?.status == .finished && end?.step == 2)
                return nil
            } catch {
                // A refusal leaves what the folder says of the run.
                #expect(try Data(contentsOf: run.appending(path: "run.json")) == before)
                #expect(try RunEnd.load(fromFolder: run.path)?.status == .finished)
                return "\(error)"
            }
        }
    }

    @Test(
        "a continuation with another file is refused by name",
        arguments: [
            "models/policy/tokenizer_config.json", "models/policy/tokenizer.json", "models/policy/generation_config.json",
            "models/policy/preprocessor_config.json", "models/judge/config.json", "models/judge/judge.json", "data/metadata.jsonl",
        ])
    func changedFile(_ name: String) async throws {
        let reason = try await goOn { root in
            let file = root.appending(path: name)
            // Where a file was absent, it comes.
            if !FileManager.default.fileExists(atPath: file.path) { try Data("{}".utf8).write(to: file) } else { try respace(file) }
        }
        let keys = ["models/policy": "model.policy", "models/judge": "judge.model", "data": "data.train"]
        let folder = name.split(separator: "/").dropLast().joined(separator: "/")
        let claim = "\(keys[folder] ?? "")/\(name.split(separator: "/").last ?? "")"
        #expect(reason?.contains(claim) == true && reason?.contains("but the run has ") == true, "\(reason ?? "it went on")")
    }

    @Test(
        "a continuation with other weights or a swapped picture is refused by name; dates and unread files don't count, and folders may move"
    )
    func changedContent() async throws {
        for model in ["policy", "judge"] {
            let reason = try await goOn { root in
                let file = root.appending(path: "models/\(model)/model.safetensors")
                var weights = try Data(contentsOf: file)
                weights[weights.count - 4] ^= 1
                try weights.write(to: file)
            }
            #expect(reason?.contains("/model.safetensors (") == true && reason?.contains(model) == true, "\(reason ?? "it went on")")
        }
        let swapped = try await goOn { root in
            let data = root.appending(path: "data")
            let date = try FileManager.default.attributesOfItem(atPath: picture(data, 4).path)[.modificationDate]
            let bytes = try Data(contentsOf: picture(data, 5))
            try bytes.write(to: picture(data, 4))
            try FileManager.default.setAttributes([.modificationDate: try #require(date)], ofItemAtPath: picture(data, 4).path)
        }
        #expect(
            swapped?.contains("data.train: ") == true && swapped?.contains("images/000004-0.png has other bytes") == true,
            "\(swapped ?? "it went on")")
        let untouched = try await goOn { root in
            for file in ["data/metadata.jsonl", "models/policy/model.safetensors", "data/images/000004-0.png"] {
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: root.path + "/" + file)
            }
            try Data("read me".utf8).write(to: root.appending(path: "models/policy/README.md"))
        }
        #expect(untouched == nil)
        let moved = FileManager.default.temporaryDirectory.appending(path: "percept-moved-\(UUID())")
        defer { try? FileManager.default.removeItem(at: moved) }
        let elsewhere = try await goOn(imageFolder(moved)) { try FileManager.default.moveItem(at: $0.appending(path: "data"), to: moved) }
        #expect(elsewhere == nil)
    }

    @Test("checkpoints carry the run's name: another run's are refused, and so is a new run beside anything of another")
    func foreignCheckpoints() async throws {
        try await withFolder { root in
            let runs = [root.appending(path: "a"), root.appending(path: "b")]
            for run in runs { _ = try await train(try configuration(run, Self.small + ["training.steps=2"])) }
            let names = try runs.map { try RunManifest.load(fromFolder: $0.path).run }
            #expect(names[0] != nil && names[0] != names[1])
            try FileManager.default.removeItem(at: runs[1].appending(path: "checkpoints/step-000002"))
            try FileManager.default.copyItem(
                at: runs[0].appending(path: "checkpoints/step-000002"), to: runs[1].appending(path: "checkpoints/step-000002"))
            let again = try configuration(runs[1], Self.small + ["training.steps=3"])
            await #expect {
                try await train(again, resumes: true)
            } throws: { "\($0)".contains("step-000002: is of another run (\(names[0] ?? "")") }
            for remains in ["checkpoints", "model", "samples.jsonl", "verdicts.jsonl", "metrics.jsonl"] {
                let folder = root.appending(path: "with-\(remains)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try FileManager.default.copyItem(at: runs[0].appending(path: remains), to: folder.appending(path: remains))
                #expect { try RunStart.checkFresh(folder.path, canResume: true) } throws: {
                    "\($0)".contains(remains == "metrics.jsonl" ? "holds a run already" : "holds something of another run (\(remains))")
                }
            }
        }
    }

    @Test("another build or CPU path goes on, is recorded, and said once")
    func programs() async throws {
        try await withFolder { run in
            _ = try await train(try configuration(run, Self.small))
            let file = run.appending(path: "run.json")
            let text = try String(contentsOf: file, encoding: .utf8)
            let build = try #require(try RunManifest.load(fromFolder: run.path).programs?.first?.build)
            try text.replacing("\"build\" : \"\(build)\"", with: "\"build\" : \"b0\"").write(to: file, atomically: true, encoding: .utf8)
            let identity = try RunManifest.load(fromFolder: run.path).identity
            for (steps, count) in [(2, 1), (3, 0)] {
                let lines = LogLines()
                _ = try await train(
                    try configuration(run, Self.small + ["training.steps=\(steps)"]), resumes: true, log: Log { lines.append($0) })
                #expect(
                    lines.all.count { $0.contains("another program or CPU") && $0.contains("another build (b0, now \(build))") } == count)
            }
            let manifest = try RunManifest.load(fromFolder: run.path)
            #expect(manifest.programs?.map(\.build) == ["b0", build] && manifest.programs?.map(\.afterStep) == [0, 1])
            #expect(manifest.identity == identity && identity?.files.keys.contains("judge.model/model.safetensors") == true)
        }
    }

    @Test("a rank that joins with another configuration is refused by name, and the run goes on without it")
    func recruits() async throws {
        try await withFolder { root in
            let run = root.appending(path: "run")
            let own = try launch(try configuration(run, Self.small + ["training.steps=40"]))
            let edited = try launch(
                try configuration(run, Self.small + ["training.steps=40", "reward.weights.visual=0.25"]), resumes: true)
            let network = LoopbackNetwork(peerCount: 3)
            let lines = LogLines()
            let log = Log { lines.append($0) }
            let spawner = LoopbackSpawner(network: network) { role, transport in
                let place = RankHost.Place.recruit(role, controller: transport.peers[0])
                _ = try await RankHost(edited, place: place, transport: transport, stop: StopRequest(), log: log).run()
            }
            let stop = StopRequest()
            async let ends = withThrowingTaskGroup(of: RunEnd?.self) { group in
                for rank in 0..<3 {
                    group.addTask {
                        try await RankHost(
                            own, transport: network.transport(rank: rank), stop: stop, spawner: rank == 0 ? spawner : nil, log: log
                        ).run().end
                    }
                }
                var end: RunEnd?
                for try await found in group { end = found ?? end }
                return end
            }
            try await waitForStep(1, run)
            let mailbox = ScaleMailbox(runFolder: run.path)
            let name = try mailbox.post(ScaleRequest(rollouts: 1, judges: 0, hosts: []))
            let limit = ContinuousClock.now + .seconds(60)
            var answer: ScaleAnswer?
            while .now < limit, answer?.state != .failed, answer?.state != .done {
                answer = mailbox.answer(to: name)
                try await Task.sleep(for: .milliseconds(20))
            }
            stop.request()
            let end = try await ends
            #expect(
                answer?.state == .failed && answer?.message.contains("reward.weights.visual is 0.25, but ") == true,
                "\(answer?.message ?? "no answer")")
            #expect(end?.status == .stopped || end?.status == .finished)
            #expect(lines.all.contains { $0.contains("a rank may not join") })
        }
    }

    @Test("a configuration that spells defaults out is the same one")
    func defaults() throws {
        let plain = try configuration(URL(filePath: "/tmp/none"), [])
        let spelt = try configuration(
            URL(filePath: "/tmp/other"), ["loss.clip_low=0.2", "optimizer.epsilon=1e-8", "cluster.heartbeat_seconds=2"])
        #expect(plain.answers == spelt.answers)
        let other = try configuration(URL(filePath: "/tmp/none"), ["loss.clip_low=0.21"])
        #expect(Set(other.answers).symmetricDifference(plain.answers).map(\.key) == ["loss.clip_low"])
    }
}

/// What is compared is what is read: the test asks the system which files loaders open.
@Suite("files that are read", .serialized)
struct ReadFilesTests: SmallRuns {
    @Test("every file that is opened while a policy, a reference or a judge is loaded is part of the run's identity")
    func files() async throws {
        try await withFolder { root in
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            for (model, use) in [("digits-policy", ModelUse.policy), ("digits-policy", .reference), ("digits-judge", .judge)] {
                // A copy of its own: other tests open the repository's models meanwhile.
                let folder = root.appending(path: "\(model)-\(use)")
                try FileManager.default.copyItem(at: Self.root.appending(path: "configs/models/\(model)"), to: folder)
                let listed = try PolicyFolder.files(of: folder, for: use)
                let opened = try OpenedFiles.names(in: folder.path) {
                    _ = try PolicyFolder.load(folder)
                    switch use {
                    case .reference: break
                    case .policy: _ = try MultimodalProcessor(contentsOf: folder)
                    case .judge: _ = try ModelJudge(folder: folder, digest: "test")
                    }
                }
                #expect(opened.contains("config.json") && opened.contains("model.safetensors"))
                #expect(opened.subtracting(listed.small + listed.weights) == [], "\(model) as \(use)")
            }
        }
    }
}
