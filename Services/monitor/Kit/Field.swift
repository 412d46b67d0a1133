import HTTPServer

/// One field of a form.
struct Field: Sendable {
    enum Kind: Sendable {
        /// With the type of the input: text, email, number, date, url …
        case line(String)
        case area(rows: Int)
        case choice([(value: String, title: String)])
        case check
        case file(accept: String)
        /// No field but a word over those that follow.
        case heading
        /// No field but something to read.
        case piece(HTML)
    }

    let name: String
    let title: String
    let kind: Kind
    var hint = ""
    var isRequired = false
    /// Where the API's problems point when they mean this field, if that is not its name.
    var api: String?
    /// Takes the whole width of the form.
    var isWide = false
    var placeholder = ""
    var autocomplete = "off"

    static func line(
        _ name: String, _ title: String, type: String = "text", hint: String = "", isRequired: Bool = false,
        api: String? = nil, isWide: Bool = false, placeholder: String = "", autocomplete: String = "off"
    ) -> Field {
        Field(
            name: name, title: title, kind: .line(type), hint: hint, isRequired: isRequired, api: api, isWide: isWide,
            placeholder: placeholder, autocomplete: autocomplete)
    }

    static func area(
        _ name: String, _ title: String, rows: Int = 4, hint: String = "", isRequired: Bool = false, api: String? = nil,
        placeholder: String = ""
    ) -> Field {
        Field(
            name: name, title: title, kind: .area(rows: rows), hint: hint, isRequired: isRequired, api: api,
            isWide: true, placeholder: placeholder)
    }

    static func choice(
        _ name: String, _ title: String, _ options: [(value: String, title: String)], hint: String = "",
        isRequired: Bool = true, api: String? = nil
    ) -> Field {
        Field(name: name, title: title, kind: .choice(options), hint: hint, isRequired: isRequired, api: api)
    }

    static func check(_ name: String, _ title: String, hint: String = "", api: String? = nil) -> Field {
        Field(name: name, title: title, kind: .check, hint: hint, isRequired: true, api: api, isWide: true)
    }

    static func file(_ name: String, _ title: String, accept: String, hint: String = "") -> Field {
        Field(name: name, title: title, kind: .file(accept: accept), hint: hint, isWide: true)
    }

    static func heading(_ title: String, hint: String = "") -> Field {
        Field(name: "", title: title, kind: .heading, hint: hint, isWide: true)
    }

    static func piece(_ markup: HTML) -> Field { Field(name: "", title: "", kind: .piece(markup), isWide: true) }

    var id: String { "f-\(name)" }

    /// Whether a problem the API has is one of this field.
    func isMeant(by path: String) -> Bool {
        guard !name.isEmpty else { return false }
        let own = api ?? name
        return path == own || path.hasPrefix(own + ".") || path.hasPrefix(own + "[")
    }

    // MARK: Markup

    /// - Parameter isFirst: the first with a problem, where one goes on typing.
    func markup(_ value: String, problems: [String], isFirst: Bool) -> HTML {
        switch kind {
        case .heading:
            return "<div class=\"wide form-part\"><h3>\(title)</h3>\(hintMarkup)</div>"
        case .piece(let markup):
            return "<div class=\"wide\">\(markup)</div>"
        case .check:
            return """
                <div class="wide check"><input class="form-check-input" type="checkbox" id="\(id)" name="\(name)" \
                value="yes"\(value.isEmpty ? "" : " checked" as HTML)\(described(problems, isFirst))>
                <label for="\(id)">\(title)</label>\(hintMarkup)\(problemMarkup(problems))</div>
                """
        case .line, .area, .choice, .file:
            let optional: HTML? = isRequired ? nil : " <span class=\"optional\">optional</span>"
            return """
                <div class="\(isWide ? "wide" : "")"><label class="form-label" for="\(id)">\(title)\(optional)</label>
                \(control(value, problems, isFirst))
                \(hintMarkup)\(problemMarkup(problems))</div>
                """
        }
    }

    private func control(_ value: String, _ problems: [String], _ isFirst: Bool) -> HTML {
        let described = described(problems, isFirst)
        let required: HTML = isRequired ? " required" : .nothing
        switch kind {
        case .area(let rows):
            return """
                <textarea class="form-control" id="\(id)" name="\(name)" rows="\(rows)" placeholder="\(placeholder)"\
                \(required)\(described)>
                \(value)</textarea>
                """
        case .choice(let options):
            // What is stored is never lost from a form because this page does not know it.
            let isKnown = value.isEmpty || options.contains { $0.value == value }
            let all = isKnown ? options : options + [(value, value)]
            return """
                <select class="form-select" id="\(id)" name="\(name)"\(described)>\
                \(all.map { Piece.option($0.value, $0.title, chosen: value) })</select>
                """
        case .file(let accept):
            return """
                <input class="form-control" id="\(id)" name="\(name)" type="file" accept="\(accept)"\(described)>
                """
        case .line(let type):
            let isMoment: HTML = type == "datetime-local" ? " data-utc" : .nothing
            return """
                <input class="form-control" id="\(id)" name="\(name)" type="\(type)" value="\(value)" \
                placeholder="\(placeholder)" autocomplete="\(autocomplete)"\(required)\(isMoment)\(described)>
                """
        case .check, .heading, .piece: return .nothing
        }
    }

    private func described(_ problems: [String], _ isFirst: Bool) -> HTML {
        let parts = (hint.isEmpty ? [] : ["\(id)-hint"]) + (problems.isEmpty ? [] : ["\(id)-error"])
        let by: HTML = parts.isEmpty ? .nothing : " aria-describedby=\"\(parts.joined(separator: " "))\""
        let invalid: HTML = problems.isEmpty ? .nothing : " aria-invalid=\"true\""
        return "\(by)\(invalid)\(isFirst ? " autofocus" : "" as HTML)"
    }

    private var hintMarkup: HTML {
        hint.isEmpty ? .nothing : "<p class=\"hint\" id=\"\(id)-hint\">\(hint)</p>"
    }

    private func problemMarkup(_ problems: [String]) -> HTML {
        problems.isEmpty
            ? .nothing : "<p class=\"field-error\" id=\"\(id)-error\">\(problems.joined(separator: " "))</p>"
    }
}
