import Foundation
import Judging
import Synchronization
import Telemetry
import Testing
import Trajectories

/// Programs that give rewards, good ones and hostile ones, as processes of their own.
@Suite("rewards of a user's own: programs", .timeLimit(.minutes(1)))
struct RewardProgramTests {
    static func question(_ response: String = "r", seed: UInt64 = 7) -> RewardQuestion {
        RewardQuestion(
            problem: ProblemID("p"), question: "What?", response: response, answer: "4", annotations: ["a", "b"],
            verdicts: [.reflected, .unknown], seed: seed)
    }

    private static let preamble = """
        import json, sys
        def answer(line, **more): print(json.dumps({"id": line["id"], **more}), flush=True)
        """

    private static func program(
        _ command: [String], deadline: Duration = .seconds(20), attempts: Int = 2, concurrency: Int = 4, variables: [String] = [],
        log: Log = Log { _ in }
    ) -> RewardProgram {
        var settings = RewardProgramSettings(command: command)
        settings.deadline = deadline
        settings.attempts = attempts
        settings.concurrency = concurrency
        settings.variables = variables
        settings.backOff = .milliseconds(1) ... .milliseconds(5)
        return RewardProgram(name: "own", settings, log: log)
    }

    private static func python(_ body: String) -> [String] { ["python3", "-c", preamble + "\n" + body] }

    private static func shell(_ script: String) -> [String] { ["sh", "-c", script] }

    /// Starts a program, asks it, and ends it.
    private static func values(_ program: RewardProgram, _ questions: [RewardQuestion]) async throws -> [OwnRewardValue] {
        try await program.reach()
        let values = await withTaskGroup(of: (Int, OwnRewardValue).self) { group in
            for (index, question) in questions.enumerated() { group.addTask { (index, await program.value(of: question)) } }
            return await group.reduce(into: [OwnRewardValue](repeating: .unknown(""), count: questions.count)) { $0[$1.0] = $1.1 }
        }
        await program.end()
        return values
    }

    private static func reason(_ value: OwnRewardValue?) -> String? { if case .unknown(let reason)? = value { reason } else { nil } }

    @Test("a program gets all of a question, and its answer counts")
    func whole() async throws {
        let check = """
            for text in sys.stdin:
                line = json.loads(text)
                right = line == {"id": line["id"], "part": "own", "problem": "p", "question": "What?", "response": "r\\nä", "answer": "4",
                    "annotations": ["a", "b"], "verdicts": ["reflected", "unknown"], "seed": 7}
                answer(line, value=0.25 if right else -1)
            """
        let values = try await Self.values(Self.program(Self.python(check)), [Self.question("r\nä")])
        #expect(values == [.known(0.25)])
    }

    @Test("several questions are in flight, and may be answered in another order")
    func order() async throws {
        let reverse = """
            held = []
            for text in sys.stdin:
                held.append(json.loads(text))
                if len(held) == 4:
                    for line in reversed(held): answer(line, value=int(line["response"]))
                    held = []
            """
        let values = try await Self.values(Self.program(Self.python(reverse)), (0..<12).map { Self.question("\($0)") })
        #expect(values == (0..<12).map { .known(Float($0)) })
    }

    @Test("a question that kills the program costs no other its value")
    func poison() async throws {
        let fragile = """
            for text in sys.stdin:
                line = json.loads(text)
                if line["response"] == "5": sys.exit(9)
                answer(line, value=int(line["response"]))
            """
        let values = try await Self.values(Self.program(Self.python(fragile)), (0..<9).map { Self.question("\($0)") })
        for (index, value) in values.enumerated() where index != 5 { #expect(value == .known(Float(index))) }
        #expect(Self.reason(values[5]) == "it has ended with exit code 9")
    }

    @Test("a program that ends now and then is started again")
    func restarts() async throws {
        let tired = """
            for _ in range(2):
                text = sys.stdin.readline()
                if text: answer(json.loads(text), value=1)
            """
        let values = try await Self.values(Self.program(Self.python(tired), concurrency: 2), (0..<6).map { Self.question("\($0)") })
        #expect(values == Array(repeating: .known(1), count: 6))
    }

    /// A program that does what none should, and what is said of it; where that depends on who is first, either.
    struct Hostile: Sendable, CustomTestStringConvertible {
        let what: String
        let command: [String]
        let words: String
        var testDescription: String { what }
    }

    static let hostile = [
        Hostile(what: "silent", command: shell("cat > /dev/null"), words: "no answer within"),
        Hostile(what: "one that does not read", command: shell("exec sleep 60"), words: "no answer within"),
        Hostile(what: "one that dies of a question", command: shell("read line; exit 3"), words: "exit code 3"),
        Hostile(what: "one that dies at once", command: shell("exit 0"), words: "exit code 0"),
        Hostile(what: "one that kills itself", command: shell("read line; kill -9 $$"), words: "signal 9"),
        Hostile(what: "one that kills its guard", command: shell("read line; kill -9 $PPID; sleep 60"), words: "guard"),
        Hostile(what: "garbage", command: shell("while read line; do echo hello; done"), words: "no answer: 'hello'"),
        Hostile(
            what: "bytes that are no text", command: shell("read line; printf '\\377\\033[2J\\n'; sleep 60"), words: "\\u{1b}[2J"),
        Hostile(what: "an endless line", command: shell("yes | tr -d '\\n'"), words: "more than 65536 bytes"),
        Hostile(what: "a flood", command: shell("read line; yes"), words: "no answer: 'y'"),
        Hostile(what: "a flood of empty lines", command: shell("read line; yes ''"), words: "no answer: ''"),
        Hostile(what: "one that closes its input", command: shell("exec <&-; exec sleep 60"), words: "closed its input|no answer within"),
        Hostile(what: "one that closes its output", command: shell("read line; exec >&-; exec sleep 60"), words: "closed its output"),
        Hostile(
            what: "wrong ids", command: shell("while read line; do echo '{\"id\": 999, \"value\": 1}'; done"), words: "was not asked"),
        Hostile(what: "no id", command: shell("while read line; do echo '{\"value\": 1}'; done"), words: "was not asked"),
        Hostile(
            what: "deep brackets", command: shell("read line; yes '[' | head -n 9000 | tr -d '\\n'; echo; sleep 60"), words: "no answer"),
        Hostile(what: "forks that stay", command: shell("(setsid sleep 60 &); sleep 60 & read line; exit 4"), words: "exit code 4"),
    ]

    @Test("what a hostile program does ends as unknown, with its reason", arguments: hostile)
    func hostility(_ hostile: Hostile) async throws {
        let program = Self.program(hostile.command, deadline: .milliseconds(1_500))
        let values = try await Self.values(program, [Self.question("one"), Self.question("two")])
        for value in values {
            let reason = Self.reason(value) ?? ""
            #expect(hostile.words.split(separator: "|").contains { reason.contains($0) }, "\(value)")
        }
    }

    @Test(
        "a value that is none is unknown at once, and the program goes on",
        arguments: [
            ("\"value\": NaN", "not a finite number"), ("\"value\": Infinity", "not a finite number"),
            ("\"value\": 1001", "from -1000 to 1000"),
            ("\"value\": -1e9", "from -1000 to 1000"), ("\"value\": \"1\"", "not a finite number"),
            ("\"value\": true", "not a finite number"),
            ("\"value\": null", "not a finite number"), ("\"value\": 1e400", "not a finite number"),
            ("\"value\": 1, \"unknown\": \"x\"", "both"), ("\"note\": 1", "neither"), ("\"unknown\": 3", "not why"),
            ("\"unknown\": \"no \\u001b model\"", "it says: no \\u{1b} model"),
        ])
    func noValue(_ fields: String, _ words: String) {
        let answer = RewardLine.answer(Data("{\"id\": 3, \(fields)}".utf8))
        #expect(answer?.id == 3)
        #expect(Self.reason(answer?.value)?.contains(words) == true, "\(String(describing: answer))")
    }

    @Test("values keep their bits, and -0 is 0")
    func bits() {
        for (text, value) in [("0.1", Float(0.1)), ("-1000", -1_000), ("1000.0", 1_000), ("-0.0", 0), ("3", 3)] {
            guard case .known(let number)? = RewardLine.answer(Data("{\"id\": 1, \"value\": \(text)}".utf8))?.value else {
                Issue.record("\(text) is no value")
                continue
            }
            #expect(number.bitPattern == value.bitPattern)
        }
    }

    @Test("the first of two answers counts, and the second ends the program")
    func twice() async throws {
        let eager = """
            for text in sys.stdin:
                line = json.loads(text)
                answer(line, value=1)
                answer(line, value=2)
            """
        let program = Self.program(Self.python(eager), concurrency: 1)
        try await program.reach()
        for index in 0..<3 { #expect(await program.value(of: Self.question("\(index)")) == .known(1)) }
        await program.end()
    }

    @Test("standard error goes to the log, visible and bounded")
    func errors() async throws {
        let lines = Mutex<[String]>([])
        let log = Log(level: .notice) { line in lines.withLock { $0.append(line) } }
        let loud = """
            sys.stderr.write("hello \\x1b[2J\\n" + "x" * 5000 + "\\n" + "y\\n" * 3000)
            sys.stderr.flush()
            for text in sys.stdin: answer(json.loads(text), value=1)
            """
        let values = try await Self.values(Self.program(Self.python(loud), log: log), [Self.question(), Self.question("s")])
        #expect(values == [.known(1), .known(1)])
        let said = lines.withLock { $0 }.filter { $0.contains("a reward's program says") }
        #expect(said.first?.contains("hello") == true && !said.contains { $0.contains("\u{1b}") })
        #expect(said.count <= 100)
        #expect(said.allSatisfy { $0.utf8.count < 5_000 })
    }

    @Test("its environment is PATH, HOME, LANG and what it is to find, and it has no descriptors but its own")
    func environment() async throws {
        // Of the shell as it was started: what it adds for its own children does not count.
        let curious = """
            read line; names=$(tr '\\0' '\\n' < /proc/$$/environ | cut -d = -f 1 | sort | tr '\\n' ' '); files=$(ls /proc/$$/fd | tr '\\n' ' ')
            echo "{\\"id\\": 1, \\"unknown\\": \\"$names| $files\\"}"; cat > /dev/null
            """
        let own = ProcessInfo.processInfo.environment
        let usual = ["HOME", "LANG", "PATH"]
        let more = try #require(own.keys.sorted().first { !usual.contains($0) })
        let program = Self.program(Self.shell(curious), variables: [more])
        let values = try await Self.values(program, [Self.question()])
        let names = (usual.filter { own[$0] != nil } + [more]).sorted()
        #expect(Self.reason(values[0])?.hasPrefix("it says: \(names.joined(separator: " ")) | 0 1 2 ") == true, "\(values)")
    }

    @Test("all that a program has started ends with it, whatever groups and sessions it has made")
    func descendants() async throws {
        let mark = "60.\(UInt32.random(in: 1_000_000...9_999_999))"
        let forking = Self.shell(
            "trap '' TERM INT HUP; (setsid sh -c 'sleep \(mark) & sleep \(mark)' &); sleep \(mark) & while read line; do echo '{\"id\": 1, \"value\": 1}'; done; sleep \(mark)"
        )
        let program = Self.program(forking, concurrency: 1)
        try await program.reach()
        #expect(await program.value(of: Self.question()) == .known(1))
        #expect(Self.processes(mark) > 0)
        await program.end()
        #expect(Self.processes(mark) == 0)
    }

    /// How many processes have a text in their arguments.
    private static func processes(_ mark: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.filter { Int($0) != nil }.count { name in
            let data = try? Data(contentsOf: URL(filePath: "/proc/\(name)/cmdline"))
            return data.map { String(decoding: $0, as: UTF8.self).contains("sleep\0\(mark)") } ?? false
        }
    }

    @Test("a program that can't be started is refused before the first response")
    func missing() async {
        let program = Self.program(["/nowhere/reward"])
        let loss = await #expect(throws: JudgeLoss.self) { try await program.reach() }
        #expect(loss?.isForGood == true)
        #expect(loss?.description.contains("'/nowhere/reward' can't be started: No such file or directory") == true)
        await program.end()
        #expect(Self.reason(await program.value(of: Self.question())) != nil)
    }

    @Test("whoever waits for a program that is ended is told, and one that never began ends at once")
    func end() async throws {
        let program = Self.program(Self.shell("exec sleep 60"))
        try await program.reach()
        let waiting = Task { await program.value(of: Self.question()) }
        try await Task.sleep(for: .milliseconds(50))
        await program.end()
        #expect(Self.reason(await waiting.value) != nil)
        await Self.program(["true"]).end()
    }
}
