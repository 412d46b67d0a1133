internal import JSON
package import Models
internal import Postgres

/// What stands between a tenant's messages and their recipients, as far as it is the tenant's and not the recipient's.
package struct ConsentRules: Sendable, Hashable {
    /// Goes out instead of a text that may not.
    package struct Fallback: Sendable, Hashable {
        package let name: String
        package let language: String
        /// That takes the text; nil: the template says enough by itself.
        package let variable: String?

        package init(name: String, language: String, variable: String?) {
            self.name = name
            self.language = language
            self.variable = variable
        }
    }

    /// Categories that go only to those who agreed.
    package var optInRequired: Set<TemplateCategory> = []
    /// False: nobody is on the tenant's list, and nobody needs to be asked about.
    package var hasSuppressions = false
    package var isUSMarketingAllowed = false
    package var fallback: Fallback?

    package init() {}

    /// Of `tenants t` and `consent_settings g`.
    static let columns: SQL = """
        t.opt_in_required, t.fallback_template, coalesce(g.is_us_marketing_allowed, false) AS is_us_marketing_allowed,
        EXISTS (SELECT FROM suppressions s WHERE s.tenant_id = t.id) AS has_suppressions
        """

    init(_ row: Row) throws(DatabaseError) {
        for category in try row.value("opt_in_required", as: [String].self) {
            optInRequired.insert(try TemplateCategory(stored: category))
        }
        isUSMarketingAllowed = try row.value("is_us_marketing_allowed")
        hasSuppressions = try row.value("has_suppressions")
        if let json: JSONText = try row.value("fallback_template"),
            let root = (try? JSONDocument(parsing: json.bytes))?.root, let name = root["name"]?.string,
            let language = root["language"]?.string
        {
            fallback = Fallback(name: name, language: language, variable: root["variable"]?.string)
        }
    }
}
