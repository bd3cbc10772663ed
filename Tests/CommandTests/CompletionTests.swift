import Foundation
import Testing

/// What a shell offers at the tab key.
@Suite("completion scripts")
struct CompletionTests {
    private struct Shell {
        let scratch = try? Scratch()

        /// What bash offers for a command line that ends where the cursor stands.
        func offers(_ line: String) throws -> [String] {
            let scratch = try #require(scratch)
            let script = try PerceptProgram.run(["--generate-completion-script", "bash"])
            #expect(script.code == 0)
            try scratch.write(script.output, to: "percept.bash")
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            let process = Process()
            process.executableURL = URL(filePath: "/bin/bash")
            process.currentDirectoryURL = scratch.folder
            process.arguments =
                [
                    "-c",
                    """
                    source percept.bash
                    COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}; shift
                    COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                    $(complete -p percept | sed -E 's/.*-F ([^ ]+).*/\\1/') percept "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                    printf '%s\\n' "${COMPREPLY[@]}"
                    """, "bash", line,
                ] + words
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            process.waitUntilExit()
            return text.split(separator: "\n").map(String.init)
        }
    }

    @Test(
        "files and folders are offered wherever a command takes one",
        arguments: [
            "percept train ru", "percept sft ru", "percept train run.yaml --resume ru", "percept launch ru", "percept status ru",
            "percept launch run.yaml --resume ru", "percept evaluate ru", "percept evaluate run.yaml --model ru", "percept report ru",
            "percept compare ru", "percept judge-audit run.yaml --samples ru", "percept config validate ru", "percept generate --model ru",
            "percept score --image ru", "percept annotate --data ru", "percept annotate --chains ru", "percept checkpoint export ru",
            "percept data digits --out ru", "percept scale ru", "percept trajectories --data ru", "percept bench tokenizer --model ru",
        ])
    func files(_ line: String) throws {
        let shell = Shell()
        let scratch = try #require(shell.scratch)
        try FileManager.default.createDirectory(atPath: scratch.path("runs"), withIntermediateDirectories: true)
        try scratch.write("", to: "run.yaml")
        let offered = try shell.offers(line)
        #expect(offered.contains { $0.hasPrefix("runs") }, "\(line): \(offered)")
    }

    @Test("options are still offered")
    func options() throws {
        #expect(try Shell().offers("percept train --res").contains("--resume"))
    }
}
