import JSON

/// A Slack message within Slack's limits (fact sheet, 9.1): a header of 150 characters, sections of 3,000,
/// ten fields of 2,000.
enum SlackMessage {
    private static let headerMax = 150
    private static let sectionMax = 2_900
    private static let sectionsMax = 4
    private static let fieldMax = 400
    private static let fieldsMax = 10
    private static let fallbackMax = 1_000
    private static let tablesMax = 12
    /// Of a button's link, as Slack counts.
    private static let urlBytesMax = 3_000

    static func body(of text: AlertText) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { write(text, into: &$0) }
        return writer.bytes
    }

    /// The text that notifications show, and the blocks that the channel shows.
    static func write(_ text: AlertText, into message: inout JSONWriter) {
        message.field(
            "text",
            escaped(([text.title] + text.paragraphs).joined(separator: "\n"), max: fallbackMax)
        )
        message.field("unfurl_links", false)
        message.field(
            "blocks",
            array: { blocks in
                block(&blocks, "header", "plain_text", cut(mark(text.tone) + text.title, max: headerMax))
                for paragraph in text.paragraphs.prefix(sectionsMax) where !paragraph.isEmpty {
                    block(&blocks, "section", "mrkdwn", escaped(paragraph, max: sectionMax))
                }
                if !text.facts.isEmpty { fields(&blocks, text.facts) }
                for table in text.tables.prefix(tablesMax) {
                    block(&blocks, "section", "mrkdwn", tableText(table))
                }
                let links = text.links.filter { $0.url.utf8.count <= urlBytesMax }
                if !links.isEmpty { buttons(&blocks, links) }
            }
        )
    }

    private static func mark(_ tone: AlertText.Tone) -> String {
        switch tone {
        case .critical: "🔴 "
        case .warning: "🟠 "
        case .info: "🔵 "
        case .resolved: "🟢 "
        case .plain: ""
        }
    }

    private static func tableText(_ table: AlertText.Table) -> String {
        let rows = table.rows.map { "\(escaped($0.name, max: 200)): *\(escaped($0.value, max: 200))*" }
        return cut("*\(escaped(table.title, max: 100))*\n" + rows.joined(separator: "\n"), max: sectionMax)
    }

    /// Between characters.
    private static func cut(_ text: String, max: Int) -> String {
        text.utf16.count <= max ? text : escapedNothing(text, max: max)
    }

    /// A button that opens a page needs nothing of the Slack app behind the webhook.
    private static func buttons(_ blocks: inout JSONWriter, _ links: [AlertText.Link]) {
        blocks.object { block in
            block.field("type", "actions")
            block.field(
                "elements",
                array: { elements in
                    for link in links {
                        elements.object { button in
                            button.field("type", "button")
                            button.field(
                                "text",
                                object: { text in
                                    text.field("type", "plain_text")
                                    text.field("text", link.label)
                                }
                            )
                            button.field("url", link.url)
                            if link.isPrimary { button.field("style", "primary") }
                        }
                    }
                }
            )
        }
    }

    private static func block(_ blocks: inout JSONWriter, _ type: String, _ kind: String, _ text: String) {
        blocks.object { block in
            block.field("type", type)
            block.field(
                "text",
                object: { object in
                    object.field("type", kind)
                    object.field("text", text)
                }
            )
        }
    }

    private static func fields(_ blocks: inout JSONWriter, _ facts: [(name: String, value: String)]) {
        blocks.object { block in
            block.field("type", "section")
            block.field(
                "fields",
                array: { list in
                    for fact in facts.prefix(fieldsMax) {
                        list.object { field in
                            field.field("type", "mrkdwn")
                            field.field(
                                "text",
                                "*\(escaped(fact.name, max: 40))*\n\(escaped(fact.value, max: fieldMax))"
                            )
                        }
                    }
                }
            )
        }
    }

    /// Slack asks for three characters to be escaped, and for no other. The limit counts what is sent.
    static func escaped(_ text: String, max: Int) -> String {
        var output = ""
        var count = 0
        for character in text {
            let piece: String
            switch character {
            case "&": piece = "&amp;"
            case "<": piece = "&lt;"
            case ">": piece = "&gt;"
            default: piece = String(character)
            }
            // Slack counts UTF-16 units at worst.
            count += piece.utf16.count
            guard count < max else { return output + "…" }
            output += piece
        }
        return output
    }

    private static func escapedNothing(_ text: String, max: Int) -> String {
        var output = ""
        for character in text {
            guard output.utf16.count + character.utf16.count < max else { break }
            output.append(character)
        }
        return output + "…"
    }
}
