import Digests
import Foundation
import Telemetry

/// All facts for a person's eyes: one HTML file with images, chains of thought and a mark for each fact.
///
/// Questions, chains of thought and facts are untrusted: everything from files is escaped, and the page's content security policy lets no
/// script run but its own, and loads nothing from anywhere.
package struct ReviewSheet: Sendable {
    /// The file's name in the output folder.
    package static let fileName = "review.html"
    /// The most chains of thought shown of a problem, and the most characters of each.
    private static let chainLimit = 8
    private static let characterLimit = 6_000
    /// The largest image that is put into the page, in bytes; a larger one is named instead.
    private static let imageLimit = 8 << 20

    private let items: [AnnotationSet.Item]
    private let total: Int
    private let marks: ReviewMarks
    private let title: String

    /// - Parameters:
    ///   - set: The facts of all problems; problems without facts have nothing to review.
    ///   - review: Marks that are set from the start.
    ///   - title: What the sheet is called.
    ///   - limit: The most problems shown.
    package init(_ set: AnnotationSet, review: Review = Review(), title: String, limit: Int = 500) {
        let reviewable = set.items.filter { !$0.kept.isEmpty }
        items = Array(reviewable.prefix(limit))
        total = reviewable.count
        marks = ReviewMarks(review)
        self.title = title
    }

    /// The HTML text.
    ///
    /// - Parameter image: The bytes of an image file of a problem, PNG or JPEG; nil shows none.
    package func html(image: (AnnotationProblem, String) throws -> [UInt8]?) rethrows -> String {
        var body = header()
        for item in items { body += try article(item, image: image) }
        return ReportPage.html(
            title: title, body: body, script: ReviewScript.text, scriptHash: ReviewScript.hash, style: Self.style,
            after: "<div id=\"review\" hidden data-sheet=\"\(sheetDigest)\"></div>")
    }

    /// Names the sheet's facts, so that a browser gives saved marks to the sheet that they belong to.
    private var sheetDigest: String {
        var digest = SHA256()
        for item in items { for fact in item.kept { digest.update(fact.id) } }
        return String(digest.hex.prefix(16))
    }

    private func header() -> String {
        let facts = items.reduce(0) { $0 + $1.kept.count }
        var out = "<header class=\"top\"><p class=\"eyebrow\">Percept review</p><h1>\(ReportText.escape(title))</h1>"
        out += "<p class=\"facts\"><span>\(items.count) problems</span><span>\(facts) facts</span></p>"
        if total > items.count { out += "<p class=\"note\">The first \(items.count) of \(total) problems with facts.</p>" }
        out +=
            "<p class=\"lead\">Accept a fact if the image shows it: an object, a number, a place, a relation. Reject what is wrong, what says or "
        out += "computes the answer, and what nobody can see. Export the marks and give the file to "
        out += "<code>percept annotate --apply-review</code>. Facts without a mark stay as they are.</p></header>"
        out += "<div class=\"bar card\"><span><b id=\"accepted\">0</b> accepted</span><span><b id=\"rejected\">0</b> rejected</span>"
        out += "<span><b id=\"open\">\(facts)</b> open</span><button type=\"button\" id=\"export\">Export marks</button></div>\n"
        return out
    }

    private func article(_ item: AnnotationSet.Item, image: (AnnotationProblem, String) throws -> [UInt8]?) rethrows -> String {
        let problem = item.problem
        var out = "<article class=\"card sample review\"><div class=\"pictures\">"
        for (number, file) in problem.files.enumerated() {
            if let bytes = try image(problem, file), bytes.count <= Self.imageLimit, let type = ImageKind(bytes).mediaType {
                out += "<img alt=\"image \(number + 1) of problem \(ReportText.escape(problem.id))\" src=\"data:\(type);base64,"
                out += Data(bytes).base64EncodedString() + "\">"
            } else {
                out += "<p class=\"note\">image \(number + 1) (\(ReportText.escape(file))) is not shown</p>"
            }
        }
        out += "</div><div class=\"side\"><p class=\"eyebrow\">\(ReportText.escape(problem.id))</p>"
        out += "<p class=\"question\">\(ReportText.escape(problem.question))</p>"
        out += "<p class=\"note\">gold answer: <b>\(ReportText.escape(problem.answer))</b></p>"
        out += "<p class=\"all\"><button type=\"button\" data-all=\"accept\">accept all</button> "
        out += "<button type=\"button\" data-all=\"reject\">reject all</button></p><ul class=\"marks\">"
        for fact in item.kept { out += row(fact, of: item) }
        out += "</ul>" + refused(item) + chains(item)
        return out + "</div></article>\n"
    }

    private func row(_ fact: SupportedFact, of item: AnnotationSet.Item) -> String {
        let text = ReportText.escape(fact.text)
        let mark = marks[fact]
        var out =
            "<li class=\"fact\" data-fact=\"\(fact.id)\" data-problem=\"\(ReportText.escape(item.problem.id))\" data-text=\"\(text)\">"
        out += "<span class=\"mark\">"
        for (value, sign) in [(Review.Mark.accept, "✓"), (.reject, "✕")] {
            out +=
                "<label class=\"\(value.rawValue)\" title=\"\(value.rawValue)\"><input type=\"radio\" name=\"\(fact.id)\" value=\"\(value.rawValue)\""
            out += mark == value ? " checked>" : ">"
            out += "<i aria-hidden=\"true\">\(sign)</i><span class=\"sr\">\(value.rawValue)</span></label>"
        }
        out += "</span><span class=\"words\">\(text)</span>"
        if item.chains.count > 1 { out += "<span class=\"note\">\(fact.support) of \(item.chains.count) chains</span>" }
        return out + "</li>"
    }

    private func refused(_ item: AnnotationSet.Item) -> String {
        guard !item.facts.refused.isEmpty else { return "" }
        var out = "<details><summary>\(item.facts.refused.count) refused</summary><ul class=\"refused\">"
        for refused in item.facts.refused {
            out += "<li>\(ReportText.escape(refused.text)) <span class=\"note\">\(refused.reason.meaning)</span></li>"
        }
        return out + "</ul></details>"
    }

    private func chains(_ item: AnnotationSet.Item) -> String {
        var out = ""
        for (number, chain) in item.chains.prefix(Self.chainLimit).enumerated() {
            let model = chain.model.isEmpty ? "chain of thought \(number + 1)" : chain.model
            let isCut = chain.response.count > Self.characterLimit
            out += "<details\(number == 0 ? " open" : "")><summary>\(ReportText.escape(model))</summary>"
            out += "<pre>\(ReportText.escape(String(chain.response.prefix(Self.characterLimit))))\(isCut ? " …" : "")</pre></details>"
        }
        if item.chains.count > Self.chainLimit { out += "<p class=\"note\">and \(item.chains.count - Self.chainLimit) more chains</p>" }
        return out
    }

    private static let style = """
        .bar{position:sticky;top:8px;z-index:5;display:flex;gap:20px;align-items:center;padding:10px 16px;margin:18px 0}.bar button{margin-left:auto}
        button{font:inherit;font-size:13px;padding:5px 12px;border-radius:8px;border:1px solid var(--line);background:var(--card);color:var(--ink);cursor:pointer}
        #export{background:var(--c0);border-color:var(--c0);color:#fff;font-weight:600}
        .review{display:grid;grid-template-columns:minmax(220px,38%) 1fr;gap:18px;padding:16px}.review .pictures{min-width:0}
        .review .pictures img{width:100%;height:auto;max-height:440px;image-rendering:auto;background:#fff;margin-bottom:8px}.side{min-width:0}
        .review details{margin-top:8px}.review summary{padding:4px 0;font-size:13px;color:var(--soft)}.all{margin:8px 0}
        .marks,.refused{list-style:none;margin:0;padding:0}.fact{display:flex;gap:12px;align-items:baseline;padding:5px 0;border-top:1px solid var(--grid)}
        .fact .words{flex:1;overflow-wrap:anywhere}.fact[data-mark=reject] .words{text-decoration:line-through;color:var(--soft)}
        .mark{display:flex;gap:4px;flex:none}.mark label{cursor:pointer;position:relative}.mark input{position:absolute;opacity:0}
        .mark i{display:block;width:26px;height:26px;line-height:26px;text-align:center;border-radius:50%;border:1px solid var(--line);font-style:normal;color:var(--soft)}
        .accept input:checked+i{background:var(--goodbg);color:var(--good);border-color:var(--good)}.reject input:checked+i{background:var(--badbg);color:var(--bad);border-color:var(--bad)}
        .mark input:focus-visible+i{outline:2px solid var(--c0);outline-offset:2px}.refused li{font-size:13.5px;padding:3px 0;overflow-wrap:anywhere}
        @media(max-width:640px){.review{grid-template-columns:1fr}}
        """
}
