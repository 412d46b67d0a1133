import JSON
import Models

/// A message as its recipient sees it on the phone.
struct Bubble: Sendable {
    struct Header: Sendable {
        /// text, image, video, document or location.
        let format: String
        let text: String
    }

    struct Button: Sendable {
        let kind: String
        let text: String
    }

    var header: Header?
    var body: String
    var footer: String?
    var buttons: [Button] = []

    init(header: Header? = nil, body: String, footer: String? = nil, buttons: [Button] = []) {
        self.header = header
        self.body = body
        self.footer = footer
        self.buttons = buttons
    }

    /// From the API's preview.
    init(preview: JSONValue) {
        header = preview["header"].map { header in
            Header(format: header.text("format"), text: header["text"]?.string ?? header["name"]?.string ?? "")
        }
        body = preview.text("body")
        footer = preview["footer"]?.string
        buttons = preview.list("buttons").map { Button(kind: $0.text("type"), text: $0.text("text")) }
    }

    /// From one of the API's examples: its texts with their example values.
    init(example: JSONValue) {
        let values = example.texts("examples")
        func filled(_ text: String, _ prefix: String = "") -> String {
            values.reduce(text) { text, value in
                guard value.key.hasPrefix(prefix) else { return text }
                return text.replacing("{{\(value.key.dropFirst(prefix.count))}}", with: value.value)
            }
        }
        header = example["header"].map { Header(format: $0.text("format"), text: filled($0.text("text"), "header_")) }
        // WhatsApp writes this one itself.
        body = example["body"]?.string.map { filled($0) } ?? "*123456* is your verification code."
        footer = example["footer"]?.string
        buttons = example.list("buttons").map { button in
            Button(kind: button.text("type"), text: button["text"]?.string ?? Piece.sentence(button.text("type")))
        }
    }

    init(_ rendered: RenderedTemplate) {
        header = rendered.header.map { header in
            switch header {
            case .text(let text): Header(format: "text", text: text)
            case .media(let media, _): Header(format: media.rawValue, text: "")
            case .location(_, _, let name, _): Header(format: "location", text: name ?? "")
            case .place: Header(format: "location", text: "")
            }
        }
        body = rendered.body
        footer = rendered.footer
        buttons = rendered.buttons.map { Button(kind: $0.word, text: $0.label) }
    }

    var markup: HTML {
        let foot: HTML? = footer.map { "<p class=\"bubble-footer\">\($0)</p>" }
        let under: HTML? =
            buttons.isEmpty
            ? nil
            : """
            <ul class="bubble-buttons">\(buttons.map { button in
                "<li><span aria-hidden=\"true\">\(Self.sign(button.kind))</span>\(button.text)</li>" as HTML
            })</ul>
            """
        return """
            <div class="phone"><div class="bubble">\(header.map(Self.head))\
            <p class="bubble-body">\(body.isEmpty ? "<span class=\"quiet\">Your text</span>" : ChatText.markup(body))</p>\
            \(foot)</div>\(under)</div>
            """
    }

    private static func head(_ header: Header) -> HTML {
        switch header.format {
        case "text": "<p class=\"bubble-header\">\(header.text)</p>"
        case "location": "<p class=\"bubble-media\">\(header.text.isEmpty ? "A place on the map" : header.text)</p>"
        case "image": "<p class=\"bubble-media\">A picture</p>"
        case "video": "<p class=\"bubble-media\">A video</p>"
        default: "<p class=\"bubble-media\">A document</p>"
        }
    }

    private static func sign(_ kind: String) -> String {
        switch kind {
        case "url": "↗ "
        case "phone_number": "☎ "
        case "quick_reply": "↩ "
        default: ""
        }
    }
}

/// WhatsApp's marks in a text: *bold*, _italic_ and ~struck~.
enum ChatText {
    private static let marks: [Character: (open: HTML, close: HTML)] = [
        "*": ("<b>", "</b>"), "_": ("<i>", "</i>"), "~": ("<s>", "</s>"),
    ]

    static func markup(_ text: String) -> HTML {
        var markup = HTML.nothing
        var rest = text[...]
        var plain = ""
        var before: Character = " "
        while let first = rest.first {
            if let mark = marks[first], !before.isLetter, !before.isNumber, let inner = marked(rest.dropFirst(), by: first) {
                markup = "\(markup)\(plain)\(mark.open)\(self.markup(String(inner)))\(mark.close)"
                plain = ""
                rest = rest[inner.endIndex...].dropFirst()
                before = first
            } else {
                plain.append(first)
                before = first
                rest = rest.dropFirst()
            }
        }
        return "\(markup)\(plain)"
    }

    /// What stands up to the closing mark: on the same line, with no space just inside, and no letter after it.
    private static func marked(_ rest: Substring, by mark: Character) -> Substring? {
        guard let first = rest.first, !first.isWhitespace, first != mark else { return nil }
        var end = rest.startIndex
        while let next = rest[end...].dropFirst().firstIndex(of: mark) {
            let inner = rest[..<next]
            if inner.contains(where: \.isNewline) { return nil }
            let after = rest[next...].dropFirst().first
            let endsWord = after.map { !$0.isLetter && !$0.isNumber } ?? true
            if let last = inner.last, !last.isWhitespace, endsWord { return inner }
            end = next
        }
        return nil
    }
}
