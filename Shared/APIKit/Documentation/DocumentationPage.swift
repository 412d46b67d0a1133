internal import HTTPServer
internal import JSON
internal import Models
internal import Runtime

/// The description as one page, without a script: contents at the side, routes, objects, codes.
struct DocumentationPage {
    private let document: OpenAPIDocument
    private let schemas: DocumentationSchemas

    init(_ document: OpenAPIDocument) {
        self.document = document
        schemas = DocumentationSchemas(document)
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(HTMLText.escaped(document.about.title)) · API</title>
        <link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/style.css"></head>
        <body><header><p class="name">\(HTMLText.escaped(document.about.title)) <span>API \(OpenAPIDocument.version)</span></p>
        <p><a href="/openapi.json">openapi.json</a> <a href="#codes">Error codes</a></p></header>
        <div class="frame"><nav aria-label="Contents"><details open><summary>Contents</summary>\(contents)</details></nav>
        <main><h1>\(HTMLText.escaped(document.about.summary))</h1>
        <p>\(DocumentationText.inline(document.about.description))</p>
        <p>\(DocumentationText.inline(document.about.keys))</p>
        \(chapters)
        <section id="objects"><h2>Objects</h2>\(objects)</section>
        <section id="codes"><h2>Error codes</h2>
        <p>Every problem has one of these in <code>code</code>. Programs branch on the code, never on the words beside it.
        <code>GET /v1/errors?search=…</code> finds them by any of their words.</p>\(codes)</section>
        </main></div></body></html>
        """
    }

    /// Titles in their order, each once.
    private var titles: [(title: String, about: String)] {
        var seen: Set<String> = []
        return document.parts.filter { part in
            document.operations.contains { $0.title == part.title } && seen.insert(part.title).inserted
        }.map { ($0.title, $0.about) }
    }

    private var contents: String {
        let routes = titles.map { title, _ in
            let links = document.operations.filter { $0.title == title }.map { operation in
                """
                <li><a href="#\(Self.anchor(operation))">\(Self.method(operation)) \
                \(HTMLText.escaped(operation.written["summary"]?.string ?? ""))</a></li>
                """
            }.joined(separator: "\n")
            return "<li><a href=\"#\(Self.anchor(title))\">\(HTMLText.escaped(title))</a><ul>\(links)</ul></li>"
        }.joined(separator: "\n")
        return """
            <ul>\(routes)<li><a href="#objects">Objects</a></li><li><a href="#codes">Error codes</a></li></ul>
            """
    }

    private var chapters: String {
        titles.map { title, about in
            let routes = document.operations.filter { $0.title == title }.map(route).joined(separator: "\n")
            return """
                <section id="\(Self.anchor(title))"><h2>\(HTMLText.escaped(title))</h2>
                <p>\(DocumentationText.inline(about))</p>\(routes)</section>
                """
        }.joined(separator: "\n")
    }

    private func route(_ operation: DescribedOperation) -> String {
        let word = operation.method.rawValue.lowercased()
        guard let whole = document.root["paths"]?[operation.path]?[word] else { return "" }
        let scope =
            operation.isPublic
            ? "<p class=\"scope\">No key needed.</p>"
            : operation.scope.map { "<p class=\"scope\">Scope <code>\($0.text)</code></p>" } ?? ""
        return """
            <article id="\(Self.anchor(operation))"><h3>\(HTMLText.escaped(whole["summary"]?.string ?? ""))</h3>
            <p class="address">\(Self.method(operation)) <code>\(DocumentationText.path(operation.path))</code></p>
            \(scope)
            \(whole["description"]?.string.map { "<p>\(DocumentationText.inline($0))</p>" } ?? "")
            \(parameters(whole["parameters"]))
            \(body(whole["requestBody"]))
            \(answers(whole["responses"]))</article>
            """
    }

    private func parameters(_ list: JSONValue?) -> String {
        let written = (list?.elements ?? []).map { $0["$ref"]?.string.flatMap(document.resolve) ?? $0 }
        guard !written.isEmpty else { return "" }
        let rows = written.map { parameter in
            let place = parameter["in"]?.string == "query" ? "" : " <small>\(parameter["in"]?.string ?? "")</small>"
            return schemas.row(
                parameter["name"]?.string ?? "", mark: place, parameter["schema"],
                isRequired: parameter["required"]?.boolean == true, words: parameter["description"]?.string)
        }.joined()
        return "<h4>Parameters</h4><dl>\(rows)</dl>"
    }

    private func body(_ body: JSONValue?) -> String {
        (body?["content"]?.members ?? []).map { type, content in
            let example = (content["example"] ?? content["examples"]?.members?.first?.value["value"]).map {
                "<pre>\(HTMLText.escaped($0.string ?? DocumentationText.pretty($0)))</pre>"
            }
            let name = type == "application/json" ? "" : " <small>\(HTMLText.escaped(type))</small>"
            return "<h4>Body\(name)</h4>\(schemas.block(content["schema"]))\(example ?? "")"
        }.joined()
    }

    private func answers(_ responses: JSONValue?) -> String {
        let rows = (responses?.members ?? []).sorted { $0.key < $1.key }.map { status, written in
            let response = written["$ref"]?.string.flatMap(document.resolve) ?? written
            let content = response["content"]?.members?.first
            let isProblem = content?.key == "application/problem+json"
            let object = isProblem ? "" : content.map { schemas.block($0.value["schema"]) } ?? ""
            return """
                <dt class="s\(status.prefix(1))"><code>\(HTMLText.escaped(status))</code></dt>
                <dd>\(DocumentationText.inline(response["description"]?.string ?? "")) \(object)</dd>
                """
        }.joined()
        return "<h4>Answers</h4><dl>\(rows)</dl>"
    }

    private var objects: String {
        (document.root["components"]?["schemas"]?.members ?? []).map { name, schema in
            """
            <article id="object-\(HTMLText.escaped(name))"><h3>\(HTMLText.escaped(name))</h3>
            \(schema["description"]?.string.map { "<p>\(DocumentationText.inline($0))</p>" } ?? "")
            \(schemas.block(schema, isSpreadOut: true))</article>
            """
        }.joined(separator: "\n")
    }

    private var codes: String {
        let ours = Catalogue.chapters.filter { !$0.entries.isEmpty }.map { chapter in
            "<h3>\(HTMLText.escaped(chapter.title))</h3><dl>\(chapter.entries.map { Self.code(ListedError($0)) }.joined())</dl>"
        }
        let providers = [("WhatsApp's own (Meta)", MetaErrors.rows, ErrorSource.meta), ("Twilio's own", TwilioErrors.rows, .twilio)]
            .map { title, rows, source in
                """
                <details><summary>\(title): in <code>error.code</code> of a message</summary>
                <dl>\(rows.map { Self.code(ListedError($0, source)) }.joined())</dl></details>
                """
            }
        return (ours + providers).joined(separator: "\n")
    }

    private static func code(_ error: ListedError) -> String {
        let statuses = error.statuses.map { " <small>\($0)</small>" }.joined()
        let title = error.title.map { " \(HTMLText.escaped($0))" } ?? ""
        let names =
            error.alsoKnownAs.isEmpty
            ? "" : "<br><small>Known as: \(HTMLText.escaped(error.alsoKnownAs.joined(separator: " · ")))</small>"
        return """
            <dt id="code-\(HTMLText.escaped(error.source == .tidings ? error.code : "\(error.source)-\(error.code)"))">\
            <code>\(HTMLText.escaped(error.code))</code>\(statuses)\(title)</dt>
            <dd>\(DocumentationText.inline(error.cause))<br><b>What to do:</b> \(DocumentationText.inline(error.remedy))\(names)</dd>
            """
    }

    private static func method(_ operation: DescribedOperation) -> String {
        "<b class=\"m \(operation.method.rawValue.lowercased())\">\(operation.method.rawValue)</b>"
    }

    private static func anchor(_ operation: DescribedOperation) -> String { anchor(operation.name) }

    private static func anchor(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
    }
}
