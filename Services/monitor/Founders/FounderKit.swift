import HTTPServer
import JSON
import Models
import Postgres
import Storage

/// What several of the founders' pages have.
extension Request {
    /// The business that a page is narrowed to.
    func chosenBusiness() throws -> TenantID? {
        guard let text = query("business"), !text.isEmpty else { return nil }
        guard let id = TenantID(text) else { throw Problem.badParameter("business", "It is not an id.") }
        return id
    }
}

extension People {
    /// For the record of what somebody at a page looks at or does.
    func source(_ visitor: Visitor, _ request: Request) -> AuditSource {
        AuditSource(visitor.who.actor, address: address(of: request))
    }

    /// Writes down what a founder did in a business.
    func record(
        _ action: String, of tenantID: TenantID, by visitor: Visitor, _ request: Request,
        _ write: (inout JSONWriter) -> Void
    ) async throws {
        var writer = JSONWriter()
        writer.object(write)
        try await sessions.record(source(visitor, request), action, of: tenantID, detail: JSONText(writer.bytes))
    }
}

extension Piece {
    /// A part of an open page that is exchanged when it is no longer the same; else what has the focus keeps it.
    static func live(_ name: String, _ content: HTML) -> HTML {
        // FNV-1a: nobody gains by making two alike.
        let version = content.text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "<div data-piece=\"\(name)\" data-version=\"\(version)\">\(content)</div>"
    }

    static func businessField(
        _ businesses: [Business], chosen: String, all: String = "All", submits: Bool = true
    ) -> HTML {
        let names = businesses.sorted { $0.name < $1.name }
            .map { option($0.id.description, $0.name, chosen: chosen) }
        return """
            <div><label class="form-label" for="business">Business</label>
            <select class="form-select" id="business" name="business"\(submits ? " data-submits" : "" as HTML)>
            \(option("", all, chosen: chosen))\(names)</select></div>
            """
    }
}
