/// The frame of a page that needs nothing else: styles and script inside, no request to anywhere.
package enum ReportPage {
    /// A whole HTML text.
    ///
    /// The content security policy lets no script run but the one with the given digest, and loads nothing but images inside the page.
    ///
    /// - Parameters:
    ///   - title: Plain text.
    ///   - body: Markup, with all untrusted text escaped (``ReportText/escape(_:)``).
    ///   - script: The page's own script, constant.
    ///   - scriptHash: `sha256-` and the base64 digest of `script`.
    ///   - style: Rules beyond the reports' common ones.
    ///   - after: Markup behind the main part.
    package static func html(title: String, body: String, script: String, scriptHash: String, style: String = "", after: String = "")
        -> String
    {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '\(scriptHash)'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
        <title>\(ReportText.escape(title)) · Percept</title>
        <style>\(ReportStyle.text)\(style)</style></head>
        <body><main>
        \(body)</main>\(after)
        <script>\(script)</script></body></html>

        """
    }
}
