import HTTPClient
import Models
import Runtime

/// A mail in plain text, and the same in HTML. All mails about one alert hang together in a mail program.
enum AlertMail {
    private static let subjectMax = 200

    static func message(of telling: Telling, from: MailAddress) -> MailMessage {
        let domain = from.address.split(separator: "@").last.map(String.init) ?? "localhost"
        func name(_ kind: String, _ id: String) -> String { "\(kind).\(id)@\(domain)" }
        // A mail that is sent again because nobody knows whether it arrived has the same id: programs show it once.
        let own = name("n", telling.notificationID.description)
        let thread = telling.alertID.map { name("a", $0.description) }
        let text = telling.text
        return MailMessage(
            from: from,
            to: [MailAddress(telling.destination)],
            subject: subject(text.title),
            text: plain(text),
            html: AlertMailHTML.page(text),
            messageID: telling.isFirstWord ? thread ?? own : own,
            inReplyTo: telling.isFirstWord ? nil : thread
        )
    }

    private static func plain(_ text: AlertText) -> String {
        var parts = text.paragraphs
        if !text.facts.isEmpty {
            parts.append(text.facts.map { "\($0.name): \($0.value)" }.joined(separator: "\n"))
        }
        for table in text.tables {
            parts.append(([table.title] + table.rows.map { "  \($0.name): \($0.value)" }).joined(separator: "\n"))
        }
        if !text.links.isEmpty {
            parts.append(text.links.map { "\($0.label): \($0.url)" }.joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n") + "\n"
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
}
