import HTTPServer
import Models
import Storage

/// The two doors to the same pages: a business's own alerts, and the founders' view of all.
enum AlertSide: CaseIterable, Sendable {
    case business
    case founders

    var alerts: Section {
        switch self {
        case .business: .alerts
        case .founders: .allAlerts
        }
    }

    var path: String { alerts.path }

    var rulesPath: String {
        switch self {
        case .business: "/dashboard/alert-rules"
        case .founders: "/admin/alert-rules"
        }
    }
}

/// Who is at a page of alerts.
struct AlertVisitor: Sendable {
    let visitor: Visitor
    let caller: AlertCaller
    let side: AlertSide

    /// May acknowledge, silence and resolve.
    var mayAct: Bool { side == .founders || visitor.who.access.allows(Scope(.messages)) }
    var mayChangeRules: Bool { side == .founders || visitor.who.access.allows(Scope(.settings)) }
}

extension AlertParts {
    /// - Parameter action: what a founder's look is written down as.
    func visitor(
        of request: Request, _ side: AlertSide, for scope: Scope, _ action: String
    ) async throws -> AlertVisitor {
        let address = people.address(of: request)
        switch side {
        case .business:
            let (tenantID, visitor) = try await people.member(of: request, for: scope)
            let source = AuditSource(visitor.who.actor, address: address)
            return AlertVisitor(visitor: visitor, caller: AlertCaller(tenantID: tenantID, source: source), side: side)
        case .founders:
            let visitor = try await people.founder(of: request)
            let source = AuditSource(visitor.who.actor, address: address)
            if request.method == .get { try await people.sessions.record(source, action) }
            return AlertVisitor(visitor: visitor, caller: AlertCaller(tenantID: nil, source: source), side: side)
        }
    }
}
