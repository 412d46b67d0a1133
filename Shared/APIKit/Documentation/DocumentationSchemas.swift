internal import JSON
internal import Runtime

/// Shapes of JSON, for people: the names of fields, what may stand in them, what they mean.
struct DocumentationSchemas {
    private let document: OpenAPIDocument

    init(_ document: OpenAPIDocument) {
        self.document = document
    }

    /// A shape as a whole: a link for one that has a name, else its fields.
    func block(_ schema: JSONValue?, isSpreadOut: Bool = false) -> String {
        guard let schema else { return "" }
        let fields = fields(schema)
        guard isSpreadOut || (schema["$ref"] == nil && schema["oneOf"] == nil), !fields.isEmpty else {
            return "<p class=\"shape\">\(type(schema))</p>"
        }
        return "<dl>\(fields)</dl>"
    }

    func row(_ name: String, mark: String = "", _ schema: JSONValue?, isRequired: Bool, words: String?) -> String {
        let words = words ?? schema?["description"]?.string ?? ""
        return """
            <dt><code>\(HTMLText.escaped(name))</code>\(mark)\(isRequired ? " <small class=\"must\">required</small>" : "")</dt>
            <dd><span class="type">\(type(schema))</span> \(DocumentationText.inline(words))\(inner(schema))</dd>
            """
    }

    private func fields(_ schema: JSONValue) -> String {
        let inherited = (schema["allOf"]?.elements ?? []).compactMap { $0["$ref"]?.string.flatMap(document.resolve) ?? $0 }
            .map(fields).joined()
        let required = Set(schema["required"]?.elements?.compactMap(\.string) ?? [])
        return inherited
            + (schema["properties"]?.members ?? []).map { name, property in
                row(name, property, isRequired: required.contains(name), words: nil)
            }.joined()
    }

    /// The fields of an object without a name of its own, within its row.
    private func inner(_ schema: JSONValue?) -> String {
        guard let schema else { return "" }
        let own = fields(schema)
        if !own.isEmpty { return "<dl>\(own)</dl>" }
        let items = (schema["items"] ?? schema["additionalProperties"]).map { $0.kind == .object ? fields($0) : "" } ?? ""
        return items.isEmpty ? "" : "<dl>\(items)</dl>"
    }

    private func type(_ schema: JSONValue?) -> String {
        guard let schema else { return "" }
        if let reference = schema["$ref"]?.string {
            let name = HTMLText.escaped(reference.split(separator: "/").last ?? "")
            return "<a href=\"#object-\(name)\">\(name)</a>"
        }
        if let choices = schema["oneOf"]?.elements ?? schema["anyOf"]?.elements {
            return choices.map(type).joined(separator: " or ")
        }
        let names = schema["type"]?.string.map { [$0] } ?? schema["type"]?.elements?.compactMap(\.string) ?? []
        var text = names.map { $0 == "array" ? "list of \(type(schema["items"]))" : HTMLText.escaped($0) }
            .joined(separator: " or ")
        if let format = schema["format"]?.string { text += " (\(HTMLText.escaped(format)))" }
        if let words = schema["enum"]?.elements {
            text += ": " + words.map { "<code>\(HTMLText.escaped($0.string ?? DocumentationText.pretty($0)))</code>" }
                .joined(separator: " ")
        }
        text += bounds(schema)
        if let standard = schema["default"] {
            text += ", usually <code>\(HTMLText.escaped(standard.string ?? DocumentationText.pretty(standard)))</code>"
        }
        return text
    }

    private func bounds(_ schema: JSONValue) -> String {
        var text = ""
        for (low, high, unit) in [
            ("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " entries"),
        ] {
            let (least, most) = (schema[low]?.double, schema[high]?.double)
            switch (least, most) {
            case (let least?, let most?): text += ", \(number(least)) to \(number(most))\(unit)"
            case (let least?, nil): text += ", at least \(number(least))\(unit)"
            case (nil, let most?): text += ", at most \(number(most))\(unit)"
            case (nil, nil): break
            }
        }
        if let pattern = schema["pattern"]?.string { text += ", <code>\(HTMLText.escaped(pattern))</code>" }
        return text
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}

/// Small pieces of text as HTML.
enum DocumentationText {
    /// Markdown as far as our descriptions use it: code in backticks.
    static func inline(_ text: String) -> String {
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        guard pieces.count % 2 == 1 else { return HTMLText.escaped(text) }
        return pieces.enumerated().map { index, piece in
            let escaped = HTMLText.escaped(piece)
            return index % 2 == 0 ? escaped : "<code>\(escaped)</code>"
        }.joined()
    }

    /// A path that may be broken between its segments.
    static func path(_ path: String) -> String {
        path.split(separator: "/").map { "/" + HTMLText.escaped($0) }.joined(separator: "<wbr>")
    }

    /// JSON with a line for each member.
    static func pretty(_ value: JSONValue, indent: Int = 0) -> String {
        let blanks = String(repeating: " ", count: indent + 2)
        let end = String(repeating: " ", count: indent)
        if let members = value.members, !members.isEmpty {
            let lines = members.map { "\(blanks)\"\($0.key)\": \(pretty($0.value, indent: indent + 2))" }
            return "{\n\(lines.joined(separator: ",\n"))\n\(end)}"
        }
        if let elements = value.elements, elements.contains(where: { $0.kind == .object || $0.kind == .array }) {
            let lines = elements.map { blanks + pretty($0, indent: indent + 2) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(end)]"
        }
        return String(decoding: value.serialized(), as: UTF8.self)
    }
}
