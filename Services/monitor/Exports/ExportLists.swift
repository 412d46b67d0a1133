import APIKit
import HTTPServer
import Models
import PhoneNumbers
import Postgres
import Storage

/// The lists that can become files, read as their pages show them.
struct ExportLists: Sendable {
    private let logs: LogPageStore
    private let contacts: ContactStore
    private let suppressions: SuppressionStore
    private let settings: SettingsStore
    private let exports: ExportStore

    /// - Parameters:
    ///   - tenantDatabase: reads what a business has.
    ///   - exports: of the platform's role: knows every business.
    init(tenantDatabase: Database, exports: ExportStore) {
        logs = LogPageStore(tenantDatabase)
        contacts = ContactStore(tenantDatabase)
        suppressions = SuppressionStore(tenantDatabase)
        settings = SettingsStore(tenantDatabase)
        self.exports = exports
    }

    /// What narrows a list, as an export keeps it: "status=failed&from=2026-11-01".
    static func filter(_ list: ExportList, given: (String) -> String?) throws -> String {
        func text(_ names: [String]) -> String {
            String(QueryText.make(names.map { ($0, given($0)?.trimmed) }).dropFirst())
        }
        switch list {
        case .messages: return try LogQuery(reading: given).filterText
        case .contacts: return text(ContactQuery.parameters)
        case .suppressions: return text(SuppressionQuery.parameters)
        }
    }

    /// - Parameters:
    ///   - tenantID: nil: of all businesses, for founders.
    ///   - now: what comes later is not in the file of messages.
    /// - Throws: `Problem` for a filter that the list's page would refuse.
    func source(
        _ list: ExportList, _ filter: String, of tenantID: TenantID?, at now: Timestamp
    ) async throws -> TableSource {
        switch (list, tenantID) {
        case (.messages, let tenantID?): try messages(filter, of: tenantID, at: now)
        case (.messages, nil): try await messagesOfAll(filter, at: now)
        case (.contacts, let tenantID?): try await contacts(filter, of: tenantID)
        case (.suppressions, let tenantID?): try await suppressions(filter, of: tenantID)
        // People of businesses are the businesses' own.
        case (.contacts, nil), (.suppressions, nil): throw Problem.exportNotFound
        }
    }

    // MARK: Messages

    private static func query(_ filter: String) throws -> LogQuery {
        let fields = FormText.fields(Array(filter.utf8)) ?? [:]
        return try LogQuery { fields[$0] }
    }

    private func messages(_ text: String, of tenantID: TenantID, at now: Timestamp) throws -> TableSource {
        messages(try Self.query(text).filter, of: [tenantID], at: now, isAcrossTenants: false)
    }

    private func messagesOfAll(_ text: String, at now: Timestamp) async throws -> TableSource {
        var filter = FounderPages.filter(try Self.query(text), now)
        let tenants = if let chosen = filter.tenantID { [chosen] } else { try await exports.businesses() }
        filter.tenantID = nil
        return messages(filter, of: tenants, at: now, isAcrossTenants: true)
    }

    private func messages(
        _ filter: LogFilter, of tenants: [TenantID], at now: Timestamp, isAcrossTenants: Bool
    ) -> TableSource {
        var wanted = filter
        wanted.to = min(filter.to ?? now, now)
        let parts = tenants.map { [logs, wanted] tenantID in
            TableSource.Part(tenantID: tenantID) { after, max in
                let place = after.map { LogPlace.olderThan(MessageID($0)) } ?? .newest
                let page = try await logs.portion(of: tenantID, wanted, at: place, max: max)
                let rows = page.rows.map { MessageTable.cells($0, isAcrossTenants: isAcrossTenants) }
                return (rows, page.olderThan?.value)
            }
        }
        return TableSource(
            list: .messages, columns: MessageTable.columns(isAcrossTenants: isAcrossTenants), parts: parts,
            from: wanted.from)
    }

    // MARK: People

    private func contacts(_ text: String, of tenantID: TenantID) async throws -> TableSource {
        let region = try await region(of: tenantID)
        var query = try Self.reader(text, known: ContactQuery.parameters)
        let filter = ContactQuery.filter(&query) { try? PhoneNumber.parse($0, defaultRegion: region).e164 }
        try query.requireNoProblems()
        let part = TableSource.Part(tenantID: tenantID) { [contacts] after, max in
            let page = try await contacts.portion(of: tenantID, filter, before: after.map { ContactID($0) }, max: max)
            return (page.contacts.map(ContactTable.cells), page.hasMore ? page.contacts.last?.id.value : nil)
        }
        return TableSource(list: .contacts, columns: ContactTable.columns, parts: [part])
    }

    private func suppressions(_ text: String, of tenantID: TenantID) async throws -> TableSource {
        let region = try await region(of: tenantID)
        var query = try Self.reader(text, known: SuppressionQuery.parameters)
        let filter = SuppressionQuery.filter(&query) { written in
            UserIDText.isValid(written) ? written : try? PhoneNumber.parse(written, defaultRegion: region).e164
        }
        try query.requireNoProblems()
        let part = TableSource.Part(tenantID: tenantID) { [suppressions] after, max in
            let page = try await suppressions.portion(of: tenantID, filter, before: after, max: max)
            return (page.entries.map(SuppressionTable.cells), page.hasMore ? page.entries.last?.id : nil)
        }
        return TableSource(list: .suppressions, columns: SuppressionTable.columns, parts: [part])
    }

    private static func reader(_ text: String, known: [String]) throws -> QueryReader {
        guard let request = Request(.get, "/?" + text, headers: []) else { throw Problem.formBroken }
        return QueryReader(request, known: known)
    }

    private func region(of tenantID: TenantID) async throws -> String? {
        try await settings.settings(of: tenantID)?.defaultRegion
    }
}

extension ExportList {
    /// What one must be allowed to see to have it as a file.
    var scope: Scope {
        switch self {
        case .messages: Scope(.messages, isReadOnly: true)
        case .contacts, .suppressions: Scope(.contacts, isReadOnly: true)
        }
    }

    /// For people.
    var title: String {
        switch self {
        case .messages: "Messages"
        case .contacts: "Contacts"
        case .suppressions: "Not to be written to"
        }
    }
}
