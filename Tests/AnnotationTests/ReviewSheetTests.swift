import Annotation
import Digests
import Foundation
import Testing

@Suite("the review sheet")
struct ReviewSheetTests {
    private static let attack = "</pre></script><script>alert(1)</script><img src=x onerror=\"alert(2)\"> & 'q' \" data-fact=\"z"

    private func sheet(_ review: (AnnotationSet) -> Review = { _ in Review() }) -> (html: String, set: AnnotationSet) {
        let problem = AnnotationProblem(id: "p" + Self.attack, question: Self.attack, answer: Self.attack, files: ["a.png", Self.attack])
        let fact = "The sign shows & 'q' \" onclick=alert(3) x=\""
        let other = "The <b onclick=\"x\"> door is red."
        let selection = ChainSelection(
            [
                ChainOfThought(
                    problemID: problem.id, response: "\(fact) \(other) <answer>\\boxed{\(Self.attack)}</answer>" + Self.attack,
                    model: Self.attack)
            ],
            problems: [problem])
        let record = ExtractionRecord(
            key: "", problemID: problem.id, extractor: "", statements: [fact, other, "The answer is " + Self.attack], loss: nil,
            attempts: 1,
            retried: [], promptTokens: 0, completionTokens: 0)
        let set = AnnotationSet(problems: [problem], selection: selection) { _ in record }
        let html = ReviewSheet(set, review: review(set), title: Self.attack).html { _, file in
            file == "a.png" ? pngBytes : Array("<svg onload=alert(4)>".utf8)
        }
        return (html, set)
    }

    private func count(_ needle: String, in text: String) -> Int { text.components(separatedBy: needle).count - 1 }

    @Test("no untrusted text becomes markup, nothing is loaded from elsewhere, and only the sheet's own script may run")
    func hostile() throws {
        let (html, set) = sheet()
        #expect(set.items[0].kept.count == 1 && set.items[0].facts.refused.count == 2)
        #expect(count("<script", in: html) == 1 && count("</script>", in: html) == 1 && count("<img", in: html) == 1)
        #expect(!html.contains("onerror=\"") && !html.contains("onclick=\"") && !html.contains("<svg") && !html.contains("<b onclick"))
        #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("url("))
        #expect(count("data-fact=\"", in: html) == 1 && html.contains("data:image/png;base64,"))
        #expect(html.contains("The sign shows &amp; &#39;q&#39; &quot; onclick=alert(3) x=&quot;"))
        // The policy names the digest of the very script.
        let script = try #require(html.components(separatedBy: "<script>").last?.components(separatedBy: "</script>").first)
        var digest = SHA256()
        Array(script.utf8).withUnsafeBytes { digest.update($0) }
        #expect(html.contains("script-src 'sha256-\(Data(digest.finalize()).base64EncodedString())'"))
        #expect(html.contains("default-src 'none'"))
    }

    @Test("marks of an earlier review are set, one problem is shown for each that has facts")
    func marks() {
        let (html, _) = sheet { set in
            Review(marks: set.items[0].kept.map { Review.Entry(fact: $0.id, problem: "p", text: $0.text, mark: .reject) })
        }
        #expect(html.contains("value=\"reject\" checked>") && !html.contains("value=\"accept\" checked>"))
        #expect(count("<article", in: html) == 1)
    }
}
