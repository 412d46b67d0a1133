internal import Crypto
package import HTTPServer
internal import JSON
internal import Models

/// The description for programs and for people, and the catalogue of codes. Everybody may read them; all of it is made
/// once, at the start.
package struct DocumentationRoutes: Sendable {
    private let document: OpenAPIDocument
    private let page: [UInt8]
    private let tag: String

    package init(_ document: OpenAPIDocument) {
        self.document = document
        page = Array(DocumentationPage(document).html.utf8)
        tag = "\"" + SHA256.hex(page + document.bytes).prefix(16) + "\""
    }

    package func addRoutes(to router: inout Router) {
        router.on(.get, "/openapi.json") { request in
            try request.refuseParameters()
            return shared(request, .json(200, document.bytes))
        }
        router.on(.get, "/docs") { request in
            try request.refuseParameters()
            return shared(request, .bytes(contentType: "text/html; charset=utf-8", page))
        }
        router.on(.get, "/docs/style.css") { request in
            try request.refuseParameters()
            return shared(request, .bytes(contentType: "text/css; charset=utf-8", Array(DocumentationStyle.text.utf8)))
        }
        router.on(.get, "/v1/errors") { request in
            var query = QueryReader(request, known: ["search", "source"])
            let source = query.word("source", as: ErrorSource.self)
            try query.requireNoProblems()
            return shared(request, .json(200, ErrorListJSON.body(source: source, search: query.text("search"))), isTagged: false)
        }
    }

    /// Headers for what is the same for everybody. Any page may read it; none of it is about anybody.
    private func shared(_ request: Request, _ answer: Response, isTagged: Bool = true) -> Response {
        var answer = answer
        if isTagged, request.header("if-none-match") == tag { answer = .empty(304) }
        if isTagged { answer.setHeader("ETag", tag) }
        answer.setHeader("Cache-Control", "no-cache")
        answer.setHeader("Access-Control-Allow-Origin", "*")
        answer.setHeader("X-Content-Type-Options", "nosniff")
        answer.setHeader(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return answer
    }
}

/// Whose code it is.
package enum ErrorSource: String, CaseIterable, Sendable {
    case tidings
    case meta
    case twilio
}

/// The catalogue for programs: our own codes, and those of the providers that stand in `error.code` of a message.
enum ErrorListJSON {
    static func body(source: ErrorSource?, search: String?) -> [UInt8] {
        let wanted = search?.lowercased()
        var writer = JSONWriter(capacity: 64 << 10)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for error in all where source == nil || error.source == source {
                        if let wanted, !error.words.contains(where: { $0.lowercased().contains(wanted) }) { continue }
                        list.object { error.write(into: &$0) }
                    }
                }
            )
            writer.key("next_cursor")
            writer.null()
        }
        return writer.bytes
    }

    private static let all: [ListedError] =
        Catalogue.entries.map(ListedError.init)
        + MetaErrors.rows.map { ListedError($0, .meta) } + TwilioErrors.rows.map { ListedError($0, .twilio) }
}

struct ListedError: Sendable {
    let source: ErrorSource
    let code: String
    let statuses: [Int]
    let title: String?
    let cause: String
    let remedy: String
    let alsoKnownAs: [String]

    init(_ entry: CatalogueEntry) {
        source = .tidings
        code = entry.code
        statuses = entry.statuses
        title = nil
        cause = entry.cause
        remedy = entry.remedy
        alsoKnownAs = entry.alsoKnownAs
    }

    init(_ row: ErrorClassification, _ source: ErrorSource) {
        self.source = source
        code = row.subcode.map { "\(row.code)/\($0)" } ?? "\(row.code)"
        statuses = []
        title = row.title
        cause = row.explanation
        remedy = row.remedy
        alsoKnownAs = []
    }

    var words: [String] { [code, title ?? "", cause, remedy] + alsoKnownAs }

    func write(into writer: inout JSONWriter) {
        writer.field("source", source.rawValue)
        writer.field("code", code)
        writer.field("statuses", array: { list in for status in statuses { list.integer(status) } })
        writer.field("title", title)
        writer.field("cause", cause)
        writer.field("remedy", remedy)
        writer.field("also_known_as", alsoKnownAs)
    }
}
