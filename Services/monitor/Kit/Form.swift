import HTTPServer

/// A form of a page: its fields, what was typed, and what the API found wrong with it, each beside its field.
struct Form: Sendable {
    let action: String
    let submit: String
    var fields: [Field]
    /// Those that depend on what stands in the others, such as one for each variable of a text.
    var dependent: [Field] = []
    var values: [String: String] = [:]
    var problem: Problem?
    /// Where one gets to without sending it.
    var cancel: String?
    /// Further buttons, with an address of their own.
    var extra: HTML = .nothing
    var isUpload = false
    /// Hidden fields.
    var carried: [(name: String, value: String)] = []
    /// Sends itself to this address while one types, and shows the `data-preview` of the answer.
    var previews: String?

    func markup(_ visitor: Visitor) -> HTML {
        let (own, others) = sorted()
        let first = all.first { own[$0.name] != nil }?.name
        func markup(_ field: Field) -> HTML {
            field.markup(values[field.name] ?? "", problems: own[field.name] ?? [], isFirst: field.name == first)
        }
        let back: HTML? = cancel.map { "<a class=\"btn btn-plain\" href=\"\($0)\">Cancel</a>" }
        let enctype: HTML = isUpload ? " enctype=\"multipart/form-data\"" : .nothing
        let live: HTML? = previews.map { " data-previews=\"\($0)\"" }
        return """
            <form class="panel" method="post" action="\(action)"\(enctype)\(live)><div class="inside">
            \(FormToken.input(visitor))\(carried.map(Self.hidden))
            \(summary(own, others))
            <div class="fields">\(fields.map(markup))</div>
            \(previews == nil ? .nothing : Self.live(dependent.map(\.name), dependent.map(markup)))
            <div class="buttons"><button class="btn btn-main">\(submit)</button>\(extra)\(back)</div>
            </div></form>
            """
    }

    private var all: [Field] { fields + dependent }

    private static func live(_ names: [String], _ markup: [HTML]) -> HTML {
        """
        <div class="fields" data-preview="dependent" data-version="\(names.joined(separator: " "))">\(markup)</div>
        """
    }

    /// A form that is nothing but a button.
    static func button(
        _ title: String, _ action: String, _ visitor: Visitor, kind: String = "btn-plain",
        carrying: [(name: String, value: String)] = []
    ) -> HTML {
        """
        <form class="inline" method="post" action="\(action)">\(FormToken.input(visitor))\(carrying.map(hidden))\
        <button class="btn \(kind)">\(title)</button></form>
        """
    }

    /// A page's question before something that is for good.
    static func confirmation(
        _ words: HTML, _ title: String, _ action: String, cancel: String, _ visitor: Visitor
    ) -> HTML {
        """
        <form class="panel narrow-form" method="post" action="\(action)"><div class="inside">\(FormToken.input(visitor))
        <p>\(words)</p>
        <div class="buttons"><button class="btn btn-danger">\(title)</button>\
        <a class="btn btn-plain" href="\(cancel)">Leave it as it is</a></div>
        </div></form>
        """
    }

    private static func hidden(_ field: (name: String, value: String)) -> HTML {
        "<input type=\"hidden\" name=\"\(field.name)\" value=\"\(field.value)\">"
    }

    /// The problems by field, and those that are of none.
    private func sorted() -> (own: [String: [String]], others: [Problem.Entry]) {
        var own: [String: [String]] = [:]
        var others: [Problem.Entry] = []
        for entry in problem?.entries ?? [] {
            // The longest path that fits: `buttons[0].url` before `buttons`.
            let meant = all.filter { $0.isMeant(by: entry.field) }
                .max { ($0.api ?? $0.name).utf8.count < ($1.api ?? $1.name).utf8.count }
            if let meant {
                own[meant.name, default: []].append(entry.detail)
            } else {
                others.append(entry)
            }
        }
        return (own, others)
    }

    private func summary(_ own: [String: [String]], _ others: [Problem.Entry]) -> HTML {
        guard let problem else { return .nothing }
        let links = all.filter { own[$0.name] != nil }.map { field -> HTML in
            "<li><a href=\"#\(field.id)\">\(field.title)</a></li>"
        }
        let rest = others.map { "<li>\($0.detail)</li>" as HTML }
        return """
            <div class="notice is-bad" role="alert"><b>\(problem.title)</b>\
            <ul class="errors">\(rest)\(links)</ul></div>
            """
    }
}

/// The filters over a list: a form that changes nothing.
struct Filters: Sendable {
    let path: String
    let fields: [Field]
    let values: [String: String]

    init(_ owner: Owner, _ path: String, _ fields: [Field]) {
        self.path = path
        self.fields = fields
        values = Dictionary(uniqueKeysWithValues: fields.map { ($0.name, owner.asked($0.name)) })
    }

    var isUsed: Bool { values.values.contains { !$0.isEmpty } }

    var markup: HTML {
        let clear: HTML? = isUsed ? "<a class=\"btn btn-plain\" href=\"\(path)\">Show all</a>" : nil
        return """
            <form class="panel" method="get" action="\(path)" role="search"><div class="inside kit-filters">
            \(fields.map { $0.quietMarkup(values[$0.name] ?? "") })
            <div class="buttons"><button class="btn btn-main">Filter</button>\(clear)</div>
            </div></form>
            """
    }
}

extension Field {
    /// Without the rules of a form that is filled in.
    func quietMarkup(_ value: String) -> HTML {
        switch kind {
        case .choice(let options):
            return """
                <div><label class="form-label" for="\(id)">\(title)</label>
                <select class="form-select" id="\(id)" name="\(name)" data-submits>\(Piece.option("", "All", chosen: value))\
                \(options.map { Piece.option($0.value, $0.title, chosen: value) })</select></div>
                """
        case .line(let type):
            return """
                <div><label class="form-label" for="\(id)">\(title)</label>
                <input class="form-control" id="\(id)" name="\(name)" type="\(type)" value="\(value)" \
                placeholder="\(placeholder)" autocomplete="off"></div>
                """
        case .area, .check, .file, .heading, .piece: return .nothing
        }
    }
}
