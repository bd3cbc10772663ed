import Foundation
import Testing

/// `percept launch` with a script in mpirun's place: what it starts, what it makes of every end, and what it leaves.
@Suite("percept launch")
struct LaunchTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A run folder, and a mpirun whose attempts are scripted: `attempts[k]` is the body of the k-th start, the last one of all later ones.
    private struct Stage {
        let scratch: Scratch
        let run: String

        init(_ attempts: [String]) throws {
            scratch = try Scratch()
            run = scratch.path("run")
            try FileManager.default.createDirectory(atPath: scratch.path("bin"), withIntermediateDirectories: true)
            let bodies = attempts.enumerated().map { "\($0 == attempts.count - 1 ? "*" : "\($0 + 1)")) \($1) ;;" }.joined(separator: "\n")
            try scratch.write(
                """
                #!/bin/bash
                scratch=\(scratch.folder.path) run=\(run)
                number=$(($(cat $scratch/count 2>/dev/null || echo 0) + 1))
                echo $number >$scratch/count
                echo "$*" >>$scratch/calls
                mkdir -p $run
                attempt=$(basename $PERCEPT_JOURNAL)
                finish() {
                    echo "{\\"status\\": \\"$1\\", \\"step\\": 1, \\"message\\": \\"scripted\\", \\"attempt\\": \\"$attempt\\"}" >$run/run.end.json
                }
                # tell EVENT RANK PROCESS [CODE WORDS]: a line of the journal.
                tell() {
                    echo "{\\"event\\": \\"$1\\", \\"rank\\": $2, \\"process\\": $3${4:+, \\"code\\": $4}${5:+, \\"words\\": \\"$5\\"}}" \\
                        >>$PERCEPT_JOURNAL
                }
                # remote EVENT RANK [CODE]: the same of a rank on another host, whose standard error mpirun passes on.
                remote() {
                    printf '\\001{"event": "%s", "rank": %d, "process": 1, "host": "b"%s}\\n' $1 $2 "${3:+, \\"code\\": $3}" >&2
                }
                # save STEP UPDATES: a checkpoint that holds so many updates.
                save() {
                    folder=$run/checkpoints/step-$(printf %06d $1)
                    mkdir -p $folder
                    echo "{\\"step\\": $1, \\"version\\": $1, \\"seed\\": 0, \\"cursor\\": 0, \\"metricsByteCount\\": 0, \\"samplesByteCount\\": 0, \\"updateCount\\": $2}" >$folder/state.json
                }
                begin() { echo "{\\"attempt\\": \\"$attempt\\", \\"at\\": $(date +%s%N)}" >$run/run.json; }
                case $number in
                \(bodies)
                esac
                """, to: "bin/mpirun")
            chmod(scratch.path("bin/mpirun"), 0o755)
        }

        /// - Parameter redirection: what a shell does with the launcher's descriptors.
        func launch(_ arguments: String..., environment: [String: String] = [:], redirection: String = "") throws -> Outcome {
            var variables = ["PATH": "\(scratch.path("bin")):/usr/bin:/bin"]
            variables.merge(environment) { $1 }
            return try PerceptProgram.run(
                ["launch", "configs/digits.yaml", "--set", "cluster.startup_deadline_seconds=0.5"] + arguments, in: LaunchTests.root,
                environment: variables,
                // As a user's shell has them, not as the one that runs the tests.
                through: [
                    "/usr/bin/env", "-u", "OMPI_MCA_oob_tcp_if_include", "-u", "OMPI_MCA_btl_tcp_if_include", "/bin/bash", "-c",
                    "exec \"$0\" \"$@\" \(redirection)",
                ])
        }

        /// mpirun's arguments, one line a start.
        var calls: [String] {
            ((try? String(contentsOfFile: scratch.path("calls"), encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }

        func text(_ name: String) throws -> String { try String(contentsOfFile: scratch.path(name), encoding: .utf8) }
    }

    @Test("mpirun gets its options, the command and an environment, in a session of its own without input")
    func start() throws {
        let stage = try Stage([
            "env >$scratch/env; cat >$scratch/input; ps -o sid= -p $$ >$scratch/session; echo $$ >>$scratch/session; finish finished"
        ])
        let outcome = try stage.launch(
            "--output", stage.run, "--placement", "rollout=3", "--", "--report-bindings", environment: ["OPENBLAS_NUM_THREADS": "3"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let call = try #require(stage.calls.first)
        #expect(call.hasPrefix("-n 6 --bind-to none --oversubscribe --enable-recovery --mca mpi_yield_when_idle 0 --report-bindings /"))
        #expect(
            call.hasSuffix(
                "percept train configs/digits.yaml --set cluster.startup_deadline_seconds=0.5 --output \(stage.run) --placement rollout=3"))
        #expect(outcome.output == "+ mpirun \(call)\n")
        let variables = try stage.text("env").split(separator: "\n")
        for line in ["OPENBLAS_NUM_THREADS=3", "OMP_NUM_THREADS=1", "OMPI_MCA_btl_tcp_if_include=lo", "OMPI_ALLOW_RUN_AS_ROOT=1"] {
            #expect(variables.contains { $0 == line }, "\(line)")
        }
        #expect(try stage.text("input").isEmpty)
        let session = try stage.text("session").split(whereSeparator: \.isWhitespace)
        #expect(session.count == 2 && session[0] == session[1])
    }

    @Test("on several hosts variables are handed over by name, and the network is not cut down to loopback")
    func hosts() throws {
        let stage = try Stage(["env >$scratch/env; finish finished"])
        try stage.scratch.write("a slots=5\n", to: "hosts")
        let outcome = try stage.launch("--output", stage.run, "--hostfile", stage.scratch.path("hosts"), "--", "--bind-to", "core")
        #expect(outcome.code == 0, "\(outcome.errors)")
        let call = try #require(stage.calls.first)
        #expect(call.contains("--hostfile \(stage.scratch.path("hosts")) -x OPENBLAS_NUM_THREADS -x OMP_NUM_THREADS -x SWIFT_BACKTRACE"))
        #expect(call.contains(" --bind-to core ") && !call.contains("--bind-to none"))
        #expect(try !stage.text("env").contains("if_include=lo"))
    }

    @Test("what was killed or interrupted goes on with --resume and --take-over, in the folder where it began")
    func restarts() throws {
        let stage = try Stage(["begin; kill -9 $$", "begin; finish interrupted", "finish finished"])
        let outcome = try stage.launch("--output", stage.run)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(stage.calls.count == 3)
        #expect(!stage.calls[0].contains("--resume"))
        #expect(stage.calls[1].hasSuffix("--output \(stage.run) --resume \(stage.run) --take-over") && stage.calls[2] == stage.calls[1])
        #expect(outcome.errors.contains("mpirun's exit code: 137") && outcome.errors.contains("was interrupted: scripted; restart 2 of 3"))
    }

    @Test("a restart takes the run's own configuration, and lays nothing over it that is in it already")
    func ownConfiguration() throws {
        let stage = try Stage(["begin; cp $scratch/resolved.json $run/config.json; kill -9 $$", "finish finished"])
        let laid = [
            "--set", "judge.model=absent", "--set", "judge.type=endpoint", "--set", "judge.endpoint.base_url=http://127.0.0.1:9/v1",
            "--set", "judge.endpoint.model=stand-in",
        ]
        let resolved = try PerceptProgram.run(["config", "show", "configs/digits.yaml", "--json"] + laid, in: LaunchTests.root)
        try stage.scratch.write(resolved.output, to: "resolved.json")
        let outcome = try stage.launch("--output", stage.run, laid[0], laid[1], laid[2], laid[3], laid[4], laid[5], laid[6], laid[7])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let own = "percept train \(stage.run)/config.json --resume \(stage.run) --take-over"
        #expect(stage.calls.count == 2 && stage.calls[1].hasSuffix(own), "\(stage.calls)")
        let again = try PerceptProgram.run(["config", "validate", stage.run + "/config.json"], in: LaunchTests.root)
        #expect(again.code == 0, "\(again.errors)")
    }

    @Test(
        "a launcher whose words can't be written restarts all the same, and hands mpirun descriptors that are open",
        arguments: ["<&- >&- 2>&-", ">/dev/full 2>/dev/full", "2>&-", "> >(true) 2>&1"])
    func silence(_ redirection: String) throws {
        let stage = try Stage([
            "ls -l /proc/$$/fd >$scratch/fds; begin; sleep 0.2; echo word; echo word >&2; kill -9 $$", "begin; finish interrupted",
            "finish finished",
        ])
        let outcome = try stage.launch("--output", stage.run, redirection: redirection)
        #expect(!outcome.wasKilled && outcome.code == 0, "\(outcome.code) \(outcome.errors)")
        #expect(stage.calls.count == 3)
        let open = try stage.text("fds")
        #expect([" 0 -> ", " 1 -> ", " 2 -> "].allSatisfy { open.contains($0) }, "\(open)")
    }

    @Test("a hostfile that names this machine alone is no reason to listen to others")
    func ownHost() throws {
        let stage = try Stage(["env >$scratch/env; finish finished"])
        try stage.scratch.write("# here\n\(ProcessInfo.processInfo.hostName) slots=5\nlocalhost\n", to: "hosts")
        let outcome = try stage.launch("--output", stage.run, "--hostfile", stage.scratch.path("hosts"))
        #expect(outcome.code == 0, "\(outcome.errors)")
        let variables = try stage.text("env")
        #expect(variables.contains("OMPI_MCA_btl_tcp_if_include=lo") && variables.contains("OMPI_MCA_oob_tcp_if_include=lo"))
    }

    @Test(
        "bad input, failures and what nobody could start are not tried again",
        arguments: [
            ("tell ended 0 $$ 2 'no such file'; exit 0", 2, "rank 0: no such file"),
            ("begin; finish failed", 1, "the run failed: scripted"),
            ("begin; finish stopped", 1, "go on with: percept launch configs/digits.yaml"), ("exit 1", 1, "before any rank began"),
        ])
    func noRestart(_ body: String, _ code: Int32, _ says: String) throws {
        let stage = try Stage([body])
        let outcome = try stage.launch("--output", stage.run)
        #expect(outcome.code == code && stage.calls.count == 1, "\(outcome.errors)")
        #expect(says.isEmpty || outcome.errors.contains(says), "\(outcome.errors)")
    }

    @Test("a run that goes on has its own placement where none is named, and says so; a role that is named is as it is named")
    func resumedPlacement() throws {
        let stage = try Stage(["begin; finish finished"])
        try FileManager.default.createDirectory(atPath: stage.run, withIntermediateDirectories: true)
        let recorded = try PerceptProgram.run(
            ["config", "show", "configs/digits.yaml", "--json", "--placement", "learner=2,rollout=3,judge=1"], in: LaunchTests.root)
        try stage.scratch.write(recorded.output, to: "run/config.json")
        let own = try stage.launch("--resume", stage.run)
        #expect(
            own.code == 0 && own.errors.contains("placement learner=2,rollout=3,judge=1, as the run in \(stage.run) had it"),
            "\(own.errors)")
        #expect(
            stage.calls[0].hasPrefix("-n 6 ") && stage.calls[0].hasSuffix("--placement learner=2,rollout=3,judge=1 --resume \(stage.run)"))
        let named = try stage.launch("--resume", stage.run, "--placement", "judge=4")
        #expect(named.code == 0 && stage.calls[1].hasPrefix("-n 9 "), "\(stage.calls)")
        let whole = try stage.launch("--resume", stage.run, "--placement", "learner=1,rollout=1,judge=1")
        #expect(whole.code == 0 && stage.calls[2].hasPrefix("-n 3 ") && !whole.errors.contains("had it"), "\(whole.errors)")
    }

    @Test("a rank's code 2 after the run began is a loss, not bad input; an end marker of an earlier attempt counts for nothing")
    func markers() throws {
        let stage = try Stage(["begin; tell ended 1 $$ 2"])
        try FileManager.default.createDirectory(atPath: stage.run, withIntermediateDirectories: true)
        try stage.scratch.write(#"{"status": "finished", "step": 9}"#, to: "run/run.end.json")
        let outcome = try stage.launch("--resume", stage.run, "--max-restarts", "1")
        #expect(outcome.code == 1 && stage.calls.count == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("that was the last of 1 restarts without a new checkpoint"))
    }

    @Test("a new checkpoint gives back all restarts")
    func progress() throws {
        let stage = try Stage(["begin", "begin; save 2 2", "begin; save 3 3", "finish finished"])
        let outcome = try stage.launch("--output", stage.run, "--max-restarts", "1")
        #expect(outcome.code == 0 && stage.calls.count == 4, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("from the start, as there is no checkpoint") && outcome.errors.contains("from the checkpoint of step 3")
        )
    }

    @Test("a checkpoint of steps that trained nothing gives back no restarts")
    func noProgress() throws {
        let stage = try Stage(["begin; save 1 0", "begin; save 9 0", "finish finished"])
        let outcome = try stage.launch("--output", stage.run, "--max-restarts", "1")
        #expect(outcome.code == 1 && stage.calls.count == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("that was the last of 1 restarts without a new checkpoint"))
    }

    @Test("what outlives mpirun on this host is killed before the next attempt, in whatever process group it is")
    func remains() throws {
        let orphan = "perl -e 'setpgrp(0, 0); $SIG{TERM} = \"IGNORE\"; sleep 300' & echo $! >$scratch/orphan"
        let stage = try Stage(["begin; \(orphan); sleep 0.5; kill -9 $$", "finish finished"])
        let outcome = try stage.launch("--output", stage.run)
        #expect(outcome.code == 0 && outcome.errors.contains("1 processes outlived mpirun"), "\(outcome.errors)")
        let orphanID = try #require(pid_t(try stage.text("orphan").trimmingCharacters(in: .whitespacesAndNewlines)))
        let state = (try? String(contentsOfFile: "/proc/\(orphanID)/stat", encoding: .utf8)) ?? ""
        #expect(state.isEmpty || state.contains(") Z "))
    }

    @Test("a job that shows no sign of life is ended and started again; so is one that doesn't begin")
    func stalls() throws {
        let stage = try Stage(["begin; exec sleep 300", "exec sleep 300", "finish finished"])
        let outcome = try stage.launch("--output", stage.run, "--set", "cluster.stall_deadline_seconds=1")
        #expect(outcome.code == 0 && stage.calls.count == 3, "\(outcome.errors)")
        #expect(outcome.errors.contains("no sign of life for 1.0 seconds") && outcome.errors.contains("has not begun within 1.5 seconds"))
    }

    @Test(
        "a rank that refuses, dies or never speaks before the run begins ends the start, whichever rank it is; its words are said once",
        arguments: [
            // What two ranks say alike is said once for both; the last one goes on.
            (
                "for r in 0 1 2 3 4; do sleep 300 & tell began $r $!; done; tell ended 1 1 2 'no model'; tell ended 3 1 2 'no model'; wait",
                2,
                "ranks 1, 3: no model"
            ),
            (
                "for r in 0 1 2 3; do sleep 300 & tell began $r $!; done; sleep 300 & tell began 4 $!; kill -9 $!; wait", 1,
                "rank 4 (process"
            ),
            ("for r in 0 1 2 3; do sleep 300 & tell began $r $!; done; wait", 1, "rank 4 was gone before its first word"),
            ("for r in 0 1 2 3 4; do sleep 300 & tell began $r $!; done; tell ended 2 1 1 'MPI is late'; wait", 1, "rank 2: MPI is late"),
        ])
    func deadStarts(_ body: String, _ code: Int32, _ says: String) throws {
        let stage = try Stage(["trap 'kill $(jobs -p); exit' TERM; " + body])
        let outcome = try stage.launch(
            "--output", stage.run, "--placement", "learner=1,rollout=2,judge=2", "--set", "cluster.startup_deadline_seconds=60")
        #expect(outcome.code == code && outcome.errors.contains(says), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count { $0.contains(says) && !$0.contains("percept launch:") } <= stage.calls.count)
        // A loss may have been chance: it is tried once more.
        #expect(stage.calls.count == (code == 2 ? 1 : 2))
    }

    @Test(
        "a rank on another host that refuses, falls silent or never speaks before the run begins ends the start; other words pass through",
        arguments: [
            (
                "for r in 0 1 2 3 4; do remote began $r; done; remote ended 2 2; echo 'rank 2: no model' >&2; wait", 2,
                "rank 2 refused to start"
            ),
            (
                "for r in 0 1 2 3 4; do remote began $r; done; remote met 0; for i in {1..300}; do remote alive 1; remote alive 2; "
                    + "remote alive 3; sleep 0.1; done", 1, "rank 4 on b has been silent for 1.0 seconds"
            ),
            (
                "sleep 300 & tell began 0 $!; for r in 1 2 3; do remote began $r; remote met $r; done; wait", 1,
                "rank 4 has said no word 2.0 seconds after"
            ),
        ])
    func deadRemoteStarts(_ body: String, _ code: Int32, _ says: String) throws {
        let stage = try Stage(["trap 'kill $(jobs -p); exit' TERM; echo plain words >&2; sleep 300 & " + body])
        try stage.scratch.write("a slots=5\n", to: "hosts")
        let outcome = try stage.launch(
            "--output", stage.run, "--placement", "learner=1,rollout=2,judge=2", "--hostfile", stage.scratch.path("hosts"),
            "--set", "cluster.startup_deadline_seconds=60", "--set", "cluster.worker_deadline_seconds=1",
            "--set", "cluster.heartbeat_seconds=0.2")
        #expect(outcome.code == code && outcome.errors.contains(says), "\(outcome.errors)")
        #expect(outcome.errors.contains("plain words\n") && !outcome.errors.contains("\u{1}") && !outcome.errors.contains("alive"))
        #expect(stage.calls.count == (code == 2 ? 1 : 2))
    }

    @Test("a run that another process has taken over is left to it; one whose controller says that it failed is not started again")
    func noContest() throws {
        let lease = "echo \"generation $1\" >$run/lease"
        let taken = try Stage(["set -- 4; \(lease); begin; sleep 0.5; set -- 5; \(lease); exit 1"])
        let outcome = try taken.launch("--output", taken.run)
        #expect(outcome.code == 1 && taken.calls.count == 1 && outcome.errors.contains("leaves it alone"), "\(outcome.errors)")
        // Its disk may be too full for an end marker.
        let mute = try Stage(["begin; tell ended 0 $$ 2; exit 2"])
        let failed = try mute.launch("--output", mute.run)
        #expect(failed.code == 1 && mute.calls.count == 1 && failed.errors.contains("could not leave run.end.json"), "\(failed.errors)")
    }

    @Test("the end of another run in the same folder is not this one's, nor is its life")
    func otherRun() throws {
        let other = "attempt=percept-launch-other"
        let stage = try Stage(["\(other); begin; finish finished; for i in {1..30}; do sleep 0.1; date >$run/status.json; done; exit 0"])
        let outcome = try stage.launch("--output", stage.run, "--max-restarts", "0")
        #expect(outcome.code == 1 && outcome.errors.contains("ended without an end marker"), "\(outcome.errors)")
    }

    @Test("a run that took longer to begin than it may be silent lives")
    func slowStart() throws {
        let stage = try Stage(["sleep 2.5; begin; sleep 1; finish finished"])
        let outcome = try stage.launch(
            "--output", stage.run, "--set", "cluster.stall_deadline_seconds=2", "--set", "cluster.startup_deadline_seconds=60")
        #expect(outcome.code == 0 && stage.calls.count == 1, "\(outcome.errors)")
    }

    @Test("signals of terminals and batch systems are stops", arguments: ["HUP", "QUIT", "USR2"])
    func signals(_ name: String) throws {
        let waits = "for i in {1..100}; do sleep 0.1; done"
        let stage = try Stage(["begin; trap 'finish stopped; exit' USR1; kill -\(name) $PPID; \(waits)"])
        let outcome = try stage.launch(
            "--output", stage.run, "--max-restarts", "2", "--placement", "learner=1,rollout=1,judge=1", "--", "--report-bindings")
        #expect(outcome.code == 0 && stage.calls.count == 1, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                "--placement learner=1,rollout=1,judge=1 --resume \(stage.run) --max-restarts 2 -- --report-bindings\n"),
            "\(outcome.errors)")
    }

    @Test("mpirun ends with a launcher that is killed, and the next launcher removes what both left; of one that lives it removes nothing")
    func killedLauncher() throws {
        let shared = try Scratch()
        let environment = ["TMPDIR": shared.folder.path]
        let session = "mkdir -p $TMPDIR/ompi.$(hostname).$(id -u)/pid.$$"
        let waits = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
        let stage = try Stage(["\(session); echo $$ >$scratch/mpirun; begin; kill -9 $PPID; \(waits)"])
        let killed = try stage.launch("--output", stage.run, environment: environment)
        #expect(killed.code != 0)
        let mpirun = try #require(pid_t(try stage.text("mpirun").trimmingCharacters(in: .whitespacesAndNewlines)))
        for _ in 0..<50 where kill(mpirun, 0) == 0 { usleep(100_000) }
        #expect(kill(mpirun, 0) != 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: shared.folder.path)
        #expect(left.contains { $0.hasPrefix("percept-launch-") } && left.contains { $0.hasPrefix("ompi.") }, "\(left)")
        // Held by this process as by a launcher that lives.
        let living = shared.path("percept-launch-\(getuid())-living")
        let held = open(living, O_RDWR | O_CREAT, 0o600)
        #expect(flock(held, LOCK_EX | LOCK_NB) == 0)
        defer { close(held) }
        let old = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
        for name in try FileManager.default.contentsOfDirectory(atPath: shared.folder.path) where name.hasPrefix("percept-launch-") {
            utimes(shared.path(name), old)
        }
        let next = try Stage(["finish finished"])
        #expect(try next.launch("--output", next.run, environment: environment).code == 0)
        let after = try FileManager.default.contentsOfDirectory(atPath: shared.folder.path).sorted()
        #expect(after.filter { $0.hasPrefix("percept-launch-") } == ["percept-launch-\(getuid())-living"])
        let sessions = try FileManager.default.subpathsOfDirectory(atPath: shared.folder.path).filter { $0.contains("pid.") }
        #expect(sessions.isEmpty, "\(sessions)")
    }

    @Test(
        "the shared memory that a killed mpirun leaves is removed, whatever the number of its job; that of other jobs stays",
        arguments: [0x5e5, 0x447f])
    func sharedMemory(_ family: Int) throws {
        func segment(_ family: Int, _ rank: Int) -> String {
            "/dev/shm/vader_segment.\(ProcessInfo.processInfo.hostName).\(getuid()).\(String(family << 16 | 1, radix: 16)).\(rank)"
        }
        // No job that could be on this machine has such ranks.
        let (own, other) = (segment(family, 77_001), segment(family + 1, 77_001))
        for path in [own, other] { #expect(FileManager.default.createFile(atPath: path, contents: Data("x".utf8))) }
        defer { for path in [own, other] { unlink(path) } }
        let began = #"{\"event\": \"began\", \"rank\": 0, \"process\": 1, \"job\": \"\#(family << 16 | 1)\"}"#
        let stage = try Stage(["echo \"\(began)\" >>$PERCEPT_JOURNAL; finish finished"])
        #expect(try stage.launch("--output", stage.run).code == 0)
        #expect(access(own, F_OK) != 0 && access(other, F_OK) == 0)
    }

    @Test("a stop reaches mpirun as SIGUSR1; a second one ends it, and nothing is started again")
    func stops() throws {
        let waits = "for i in {1..100}; do sleep 0.1; done"
        let stage = try Stage(["begin; trap 'finish stopped; exit' USR1; kill -TERM $PPID; \(waits)"])
        let outcome = try stage.launch("--output", stage.run)
        #expect(outcome.code == 0 && stage.calls.count == 1, "\(outcome.errors)")
        let twice = try Stage(["begin; trap 'kill -INT $PPID' USR1; trap 'exit 7' TERM; kill -TERM $PPID; \(waits)"])
        let ended = try twice.launch("--output", twice.run)
        #expect(ended.code == 1 && twice.calls.count == 1 && ended.errors.contains("mpirun's exit code: 7"), "\(ended.errors)")
    }

    @Test("a run that begins in the moment in which a stop ends mpirun is stopped, and goes on")
    func stopAtStart() throws {
        let stage = try Stage(["trap 'begin; exit 0' TERM; kill -TERM $PPID; for i in {1..100}; do sleep 0.1; done"])
        let outcome = try stage.launch("--output", stage.run)
        #expect(outcome.code == 0 && stage.calls.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("stopped; go on with: percept launch configs/digits.yaml"), "\(outcome.errors)")
    }

    @Test("what is wrong with the arguments is said before anything starts")
    func arguments() throws {
        let stage = try Stage(["finish finished"])
        for (arguments, says) in [
            (["--hostfile", "/absent"], "the hostfile can't be read"), (["--max-restarts", "x"], "must be a number from 0 to 1000"),
            (["--", "-np", "3"], "follows from the placement"), (["--nonsense"], "Unknown option '--nonsense'"),
            (["--set", "training.steps=0"], "training.steps"),
        ] {
            let outcome = try PerceptProgram.run(["launch", "configs/digits.yaml"] + arguments, in: Self.root)
            #expect(outcome.code == 2 && outcome.errors.contains(says), "\(outcome.errors)")
        }
        try FileManager.default.createDirectory(atPath: stage.run, withIntermediateDirectories: true)
        try stage.scratch.write("{}\n", to: "run/metrics.jsonl")
        let taken = try stage.launch("--output", stage.run)
        #expect(taken.code == 2 && taken.errors.contains("holds a run already") && stage.calls.isEmpty)
        let absent = try stage.launch("--output", stage.scratch.path("other"), environment: ["PATH": "/nonexistent"])
        #expect(absent.code == 2 && absent.errors.contains("mpirun can't be started"), "\(absent.errors)")
    }
}
