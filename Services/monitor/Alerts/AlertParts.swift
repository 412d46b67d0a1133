import APIKit
import HTTPServer
import Models
import Postgres
import Runtime
import Storage

/// Who looks at alerts and rules, and whose: a business's own, or as a founder all of them.
struct AlertCaller: Sendable {
    /// Nil: a founder.
    let tenantID: TenantID?
    let source: AuditSource

    /// As the history shows them.
    var who: String { source.actor.name }
    var reach: AlertReach { tenantID.map { .tenant($0) } ?? .everything }
}

/// What routes and pages of alerts have in common.
struct AlertParts: Sendable {
    let tenantDatabase: Database
    let platformDatabase: Database
    let ids: IDSource
    let people: People

    init(_ site: SiteParts) {
        tenantDatabase = site.tenantDatabase
        platformDatabase = site.platformDatabase
        ids = site.ids
        people = site.people
    }

    /// A business's own goes through row-level security.
    private func database(of tenantID: TenantID?) -> Database { tenantID == nil ? platformDatabase : tenantDatabase }

    func desk(_ caller: AlertCaller) -> AlertDeskStore {
        AlertDeskStore(database(of: caller.tenantID), ids: ids, reach: caller.reach)
    }

    func rules(_ caller: AlertCaller) -> AlertRuleStore {
        AlertRuleStore(database(of: caller.tenantID), ids: ids, of: caller.tenantID)
    }

    func rehearsals(_ caller: AlertCaller) -> AlertRehearsalStore {
        AlertRehearsalStore(database(of: caller.tenantID))
    }

    /// Every rule that holds, and who wrote it.
    func book(_ caller: AlertCaller) async throws -> AlertRuleBook {
        try await rules(caller).book(platform: platformDatabase)
    }

    // MARK: Who

    /// A business's program or page that asks for JSON.
    func tenant(_ request: Request, _ area: Area) async throws -> AlertCaller {
        let isReadOnly = request.method == .get || request.method == .head
        let caller = try await people.program(of: request, for: Scope(area, isReadOnly: isReadOnly))
        return AlertCaller(tenantID: caller.tenantID, source: caller.source)
    }

    /// A founder, or a program of a founder's. Every look across businesses is written down.
    func founder(_ request: Request, _ action: String) async throws -> AlertCaller {
        let caller = try await people.founderCaller(of: request)
        if request.method == .get { try await people.sessions.record(caller.source, action) }
        return AlertCaller(tenantID: nil, source: caller.source)
    }

    func alertID(of request: Request) throws -> AlertID {
        guard let id = request.pathParameter("id").flatMap({ AlertID($0) }) else { throw Problem.alertNotFound }
        return id
    }

    /// Of those that the caller may have rules about.
    func metric(of request: Request, _ caller: AlertCaller) throws -> Metric {
        guard let metric = request.pathParameter("metric").flatMap({ Metric(rawValue: $0) }),
            caller.tenantID == nil || metric.isOfBusinesses
        else { throw Problem.metricNotFound }
        return metric
    }
}

/// What can be done to an alert, as addresses and forms name it.
enum AlertAction: String, CaseIterable, Sendable {
    case acknowledge, silence, unsilence, resolve, note
}

extension Problem {
    static let alertNotFound = notFound("alert")
    static let metricNotFound = Problem(
        status: 404, code: "metric_not_found", title: "Not found",
        detail: "There are no rules about a metric of this name: GET /v1/alert-rules lists them.", field: "metric")
    static let alertRuleNotFound = Problem(
        status: 404, code: "alert_rule_not_found", title: "Not found",
        detail: "You have written no rule for this metric and subject.", field: "metric")
    static let alertOver = conflict("alert_over", "This alert is over. Only a note can be added to it.")
    static let tooManyAlertRules = conflict(
        "too_many_alert_rules", "There may be \(AlertRuleStore.rulesMax) rules. Remove one first.")
}
