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

    static func body(of text: AlertText, link: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { message in
            message.field(
                "text",
                escaped(([text.title] + text.paragraphs).joined(separator: "\n"), max: fallbackMax)
            )
            message.field("unfurl_links", false)
            message.field(
                "blocks",
                array: { blocks in
                    block(&blocks, "header", "plain_text", shortened(text.title, max: headerMax))
                    for paragraph in text.paragraphs.prefix(sectionsMax) where !paragraph.isEmpty {
                        block(&blocks, "section", "mrkdwn", escaped(paragraph, max: sectionMax))
                    }
                    if !text.facts.isEmpty { fields(&blocks, text.facts) }
                    if let link { context(&blocks, "<\(escaped(link, max: 500))|Open the dashboard>") }
                }
            )
        }
        return writer.bytes
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

    private static func context(_ blocks: inout JSONWriter, _ text: String) {
        blocks.object { block in
            block.field("type", "context")
            block.field(
                "elements",
                array: { elements in
                    elements.object { element in
                        element.field("type", "mrkdwn")
                        element.field("text", text)
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

    private static func shortened(_ text: String, max: Int) -> String {
        text.utf16.count <= max ? text : escapedNothing(text, max: max)
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
