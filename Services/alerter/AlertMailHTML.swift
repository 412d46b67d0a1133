import Runtime

/// The HTML half of a mail. Mail programs know tables and inline styles and little else; those that honour a style sheet
/// get one for dark mode and for phones.
enum AlertMailHTML {
    static func page(_ text: AlertText) -> String {
        let title = HTMLText.escaped(text.title)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="supported-color-schemes" content="light dark">
            <title>\(title)</title>
            <style>\(styleSheet)</style>
            </head>
            <body class="page" style="margin:0;padding:0;background:#f2f4f7;">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
            <td align="center" class="around" style="padding:24px 12px;">
            <table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="card"\
             style="max-width:600px;background:#ffffff;border:1px solid #dde2e8;border-top:5px solid \(colour(text.tone));\
            border-radius:8px;text-align:left;">
            <tr><td class="inside" style="padding:24px 28px;\(font)">
            <h1 class="strong" style="margin:0 0 16px;font-size:20px;line-height:1.35;color:#14202e;\
            overflow-wrap:anywhere;">\(title)</h1>
            \(paragraphs(text.paragraphs))\(facts(text.facts))\(text.tables.map(table).joined())\(buttons(text.links))</td></tr>
            </table>
            <p class="quiet" style="margin:14px 0 0;font-size:12px;line-height:1.5;color:#5b6875;\(family)">\(sentBy)</p>
            </td></tr></table>
            </body>
            </html>

            """
    }

    private static let sentBy = "Sent by Tidings."
    private static let family = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    private static let font = "\(family)font-size:15px;line-height:1.55;color:#26323f;"

    private static let styleSheet = """
        @media (prefers-color-scheme: dark) {
        .page { background: #10151b !important; }
        .card { background: #1a222b !important; border-left-color: #32404e !important;
        border-right-color: #32404e !important; border-bottom-color: #32404e !important; }
        .inside, .value { color: #d6dde5 !important; }
        .strong { color: #f4f7fa !important; }
        .quiet, .name { color: #9aa8b6 !important; }
        .row { border-color: #2d3945 !important; }
        .inside a { color: #7cc0ff !important; }
        .inside a.button { color: #ffffff !important; }
        .inside a.plain { color: #d6dde5 !important; border-color: #5b6a78 !important; }
        }
        @media (max-width: 480px) {
        .around { padding: 0 !important; }
        .card { border-left: 0 !important; border-right: 0 !important; border-radius: 0 !important; }
        .inside { padding: 20px 16px !important; }
        .button { display: block !important; text-align: center !important; }
        }
        """

    private static func colour(_ tone: AlertText.Tone) -> String {
        switch tone {
        case .critical: "#c62828"
        case .warning: "#d9822b"
        case .info: "#2f6fb2"
        case .resolved: "#2e7d46"
        case .plain: "#5b6875"
        }
    }

    private static func paragraphs(_ paragraphs: [String]) -> String {
        paragraphs.filter { !$0.isEmpty }.map { paragraph in
            let lines = paragraph.split(separator: "\n", omittingEmptySubsequences: false).map { linked(String($0)) }
            return "<p style=\"margin:0 0 14px;overflow-wrap:anywhere;\">\(lines.joined(separator: "<br>\n"))</p>\n"
        }.joined()
    }

    private static func facts(_ facts: [(name: String, value: String)]) -> String {
        facts.isEmpty ? "" : rows(facts, align: "left")
    }

    private static func table(_ table: AlertText.Table) -> String {
        """
        <h2 class="strong" style="margin:20px 0 4px;font-size:15px;color:#14202e;">\(HTMLText.escaped(table.title))</h2>
        \(rows(table.rows, align: "right"))
        """
    }

    private static func rows(_ rows: [(name: String, value: String)], align: String) -> String {
        let lines = rows.map { row in
            """
            <tr><th scope="row" align="left" valign="top" class="name row" style="padding:7px 16px 7px 0;\
            border-top:1px solid #e6eaef;font-weight:normal;color:#5b6875;">\(HTMLText.escaped(row.name))</th>\
            <td align="\(align)" valign="top" class="value row" style="padding:7px 0;border-top:1px solid #e6eaef;\
            color:#26323f;overflow-wrap:anywhere;">\(HTMLText.escaped(row.value))</td></tr>
            """
        }
        return """
            <table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 16px;font-size:14px;">
            \(lines.joined(separator: "\n"))
            </table>

            """
    }

    private static func buttons(_ links: [AlertText.Link]) -> String {
        links.isEmpty ? "" : "<div style=\"margin-top:20px;\">\(links.map(button).joined(separator: "\n"))</div>\n"
    }

    private static func button(_ link: AlertText.Link) -> String {
        let look =
            link.isPrimary
            ? (name: "button", style: "background:#1f5fa8;color:#ffffff;border:1px solid #1f5fa8;")
            : (name: "button plain", style: "color:#26323f;border:1px solid #b9c3cd;")
        return """
            <a class="\(look.name)" href="\(HTMLText.escaped(link.url))" style="display:inline-block;padding:11px 20px;\
            margin:0 8px 8px 0;border-radius:6px;font-weight:600;text-decoration:none;\(look.style)">\
            \(HTMLText.escaped(link.label))</a>
            """
    }

    /// A sign-in link stands in a text of ours; in HTML it can be followed.
    private static func linked(_ line: String) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let shown = HTMLText.escaped(String(word))
            let isLink = word.hasPrefix("http://") || word.hasPrefix("https://")
            return isLink ? "<a href=\"\(shown)\" style=\"color:#1f5fa8;\">\(shown)</a>" : shown
        }.joined(separator: " ")
    }
}
