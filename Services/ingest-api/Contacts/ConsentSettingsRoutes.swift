import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// What a tenant sets about consent: its words, what they end, and marketing to the United States.
struct ConsentSettingsRoutes: Sendable {
    static let bodyBytesMax = 32 << 10
    static let wordsMax = 100
    private static let fields = ["stop_words", "start_words", "stop_categories", "us_marketing_allowed"]

    private let parts: RouteParts
    private let store: ConsentStore

    init(_ parts: RouteParts) {
        self.parts = parts
        store = ConsentStore(parts.database)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/consent-settings", read)
        router.on(.patch, "/v1/consent-settings", change)
    }

    private func read(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        return .json(200, Self.json(try await withStorage { try await store.settings(of: caller.tenantID) }))
    }

    private func change(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var settings = try await withStorage { try await store.settings(of: caller.tenantID) }
        var problems = FieldProblems()
        let reader = FieldReader(root, known: Self.fields, problems: &problems)
        if let words = Self.words("stop_words", reader, &problems) { settings.stopWords = words }
        if reader.isNull("stop_words") { settings.stopWords = nil }
        if let words = Self.words("start_words", reader, &problems) { settings.startWords = words }
        if reader.isNull("start_words") { settings.startWords = nil }
        if reader.isNull("stop_categories") { settings.stopCategories = ConsentSettings().stopCategories }
        if let value = reader["stop_categories"] {
            let categories = value.elements?.compactMap { $0.string.flatMap { TemplateCategory(rawValue: $0) } } ?? []
            if categories.isEmpty || categories.count != value.elements?.count {
                problems.note(
                    "category_unknown", "stop_categories",
                    "`stop_categories` must be a list of marketing, utility and authentication, and not empty.")
            }
            settings.stopCategories = Set(categories)
        }
        if reader.isNull("us_marketing_allowed") { settings.isUSMarketingAllowed = false }
        if let isAllowed = reader.boolean("us_marketing_allowed", &problems) { settings.isUSMarketingAllowed = isAllowed }
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        let audit = AuditEntry.of(caller, parts.ids, "consent_settings.changed")
        let changed = settings
        try await withStorage { try await store.set(changed, of: caller.tenantID, audit: audit) }
        parts.catalogs.forget(caller.tenantID)
        parts.news.tell(ControlNews(tenantID: caller.tenantID, what: .settings))
        return .json(200, Self.json(changed))
    }

    private static func words(
        _ key: String, _ reader: FieldReader, _ problems: inout FieldProblems
    ) -> [String]? {
        guard let value = reader[key] else { return nil }
        let words = value.elements?.compactMap(\.string) ?? []
        if words.count == value.elements?.count, words.count <= wordsMax,
            words.allSatisfy({ (1...ConsentWords.charactersMax).contains($0.unicodeScalars.count) })
        {
            return words
        }
        problems.note(
            "words_invalid", key,
            "`\(key)` must be a list of at most \(wordsMax) words of 1 to \(ConsentWords.charactersMax) characters.")
        return nil
    }

    private static func json(_ settings: ConsentSettings) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("stop_words", settings.stopWords ?? ConsentWords.usualStop)
            writer.field("start_words", settings.startWords ?? ConsentWords.usualStart)
            writer.field("stop_categories", settings.stopCategories.map(\.rawValue).sorted())
            writer.field("us_marketing_allowed", settings.isUSMarketingAllowed)
        }
        return writer.bytes
    }
}
