import Models
import Storage

/// Tells people that WhatsApp moved a template to another category, or will: it costs something else from then on.
struct TemplateWatch: Sendable {
    let store: AlertStore
    let outlet: AlertOutlet

    func run() async throws -> Bool {
        outlet.tell(try await store.alertMovedTemplates(draft: Self.draft))
        return false
    }

    static func draft(_ moved: MovedTemplate) -> AlertDraft {
        let name = "\(moved.name) (\(moved.language))"
        let title =
            moved.nextCategory.map { "\(moved.tenantName): WhatsApp will make the template \(name) \($0.lowercased())" }
            ?? "\(moved.tenantName): WhatsApp made the template \(name) \(moved.category.lowercased())"
        let when = moved.nextAt.map { " from \($0.rfc3339) on" } ?? ""
        let what =
            moved.nextCategory.map { "It is \(moved.category.lowercased()) now, and \($0.lowercased())\(when)." }
            ?? "Its category is \(moved.category.lowercased()) now."
        return AlertDraft(
            key: AlertKey(.templateCategoryChanged, tenantID: moved.tenantID, cause: "\(moved.templateID)"),
            title: title,
            detail: """
                \(what) Its messages cost what that category costs, and marketing reaches only who has not opted out of it.
                Who acts: the business.
                What to do: reword the template and submit it again, or appeal in WhatsApp Manager.
                """,
            occurrences: 1)
    }
}
