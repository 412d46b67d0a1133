import HTTPClient
import Runtime

/// A mail in plain text, and the same as simple HTML.
enum AlertMail {
    private static let subjectMax = 200

    static func message(of text: AlertText, from: MailAddress, to: String, isAlert: Bool, link: String?)
        -> MailMessage
    {
        var plain = text.paragraphs
        if !text.facts.isEmpty {
            plain.append(text.facts.map { "\($0.name): \($0.value)" }.joined(separator: "\n"))
        }
        if isAlert, let link { plain.append("Open the dashboard: \(link)") }
        return MailMessage(
            from: from,
            to: [MailAddress(to)],
            subject: subject(isAlert ? "Tidings: \(text.title)" : text.title),
            text: plain.joined(separator: "\n\n") + "\n",
            html: html(text, link: isAlert ? link : nil)
        )
    }

    /// A header is one line.
    private static func subject(_ text: String) -> String {
        String(
            text.unicodeScalars.map {
                $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : Character($0)
            }
        )
        .prefix(subjectMax).description
    }

    private static func html(_ text: AlertText, link: String?) -> String {
        var body = "<h2>\(HTMLText.escaped(text.title))</h2>\n"
        for paragraph in text.paragraphs where !paragraph.isEmpty {
            let lines = paragraph.split(separator: "\n", omittingEmptySubsequences: false).map {
                linked(String($0))
            }
            body += "<p>\(lines.joined(separator: "<br>\n"))</p>\n"
        }
        if !text.facts.isEmpty {
            let rows = text.facts.map { fact in
                let (name, value) = (HTMLText.escaped(fact.name), HTMLText.escaped(fact.value))
                return "<tr><th align=\"left\">\(name)</th><td>\(value)</td></tr>"
            }
            body += "<table cellpadding=\"4\">\n\(rows.joined(separator: "\n"))\n</table>\n"
        }
        if let link { body += "<p><a href=\"\(HTMLText.escaped(link))\">Open the dashboard</a></p>\n" }
        return "<!doctype html>\n<html><body style=\"font-family: sans-serif\">\n\(body)</body></html>\n"
    }

    /// A sign-in link stands in a text of ours; in HTML it can be followed.
    private static func linked(_ line: String) -> String {
        line.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let shown = HTMLText.escaped(String(word))
            let isLink = word.hasPrefix("http://") || word.hasPrefix("https://")
            return isLink ? "<a href=\"\(shown)\">\(shown)</a>" : shown
        }.joined(separator: " ")
    }
}
