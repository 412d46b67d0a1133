import Runtime
import Models

/// The stand-in's two pages: plain HTML, readable on a phone.
enum InboxPage {
    static func render(_ items: [Inbox.Item], total: Int) -> String {
        var body = "<p>\(total) arrived so far; the last \(Inbox.kept) are kept. <a href=\"/\">About</a></p>"
        if items.isEmpty { body += "<p class=\"quiet\">Nothing has arrived yet.</p>" }
        for item in items {
            let kind = item.kind == .slack ? "Slack" : "Mail to \(HTMLText.escaped(item.to.joined(separator: ", ")))"
            body += """
                <article\(item.threadTS == nil ? "" : " class=\"reply\"")>
                <p class="quiet">\(kind)\(place(item)) · <time>\(item.at.rfc3339)</time></p>
                <h2>\(HTMLText.escaped(item.subject))</h2>
                <pre>\(linked(item.text))</pre>
                </article>

                """
        }
        return page("Inbox", body)
    }

    private static func place(_ item: Inbox.Item) -> String {
        (item.threadTS == nil ? "" : ", in a thread") + (item.isEdited ? ", edited" : "")
    }

    static func about(_ summary: String) -> String {
        var rows = ""
        for row in MagicRecipients.rows {
            rows += "<tr><td><code>…\(row.suffix)</code></td><td>\(HTMLText.escaped(row.meaning))</td></tr>\n"
        }
        var twilio = ""
        for row in TwilioMagic.rows {
            twilio += "<tr><td><code>…\(row.suffix)</code></td><td>\(HTMLText.escaped(row.meaning))</td></tr>\n"
        }
        return page(
            "Stand-ins for WhatsApp, Slack and mail",
            """
            <p>\(HTMLText.escaped(summary)) Nothing here leaves this machine.</p>
            <ul>
            <li><a href="/inbox">Inbox</a>: Slack messages and mails that arrived</li>
            <li><a href="/oracle/summary">Summary</a> and <a href="/oracle/sends">sends</a> as JSON</li>
            </ul>
            <h2>Magic recipients</h2>
            <p>The last three digits of the number decide. “Once” and “twice” count the attempts of one message.
            Templates whose name ends in <code>_paused</code> or <code>_missing</code> are refused
            with 132015 and 132001.</p>
            <table>\(rows)</table>
            <h2>Through Twilio</h2>
            <p>The same, with Twilio's codes, and besides:</p>
            <table>\(twilio)</table>
            """
        )
    }

    private static func page(_ title: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(HTMLText.escaped(title))</title>
        <style>
        body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 46rem; }
        article { border: 1px solid #ccc; border-radius: .5rem; padding: .5rem 1rem; margin: 1rem 0; }
        article.reply { margin-left: 2rem; }
        h2 { font-size: 1.05rem; margin: .25rem 0; overflow-wrap: anywhere; }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .25rem 0; }
        td { padding: .25rem .75rem .25rem 0; vertical-align: top; }
        .quiet { color: #666; margin: .25rem 0; font-size: .9rem; }
        @media (prefers-color-scheme: dark) { body { background: #111; color: #eee; } a { color: #8cf; } }
        </style></head>
        <body><h1>\(HTMLText.escaped(title))</h1>
        \(body)
        </body></html>
        """
    }

    /// Sign-in links are there to be followed.
    private static func linked(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: " ", omittingEmptySubsequences: false).map { word in
                let isLink = word.hasPrefix("http://") || word.hasPrefix("https://")
                let shown = HTMLText.escaped(String(word))
                return isLink ? "<a href=\"\(shown)\">\(shown)</a>" : shown
            }.joined(separator: " ")
        }.joined(separator: "\n")
    }
}
