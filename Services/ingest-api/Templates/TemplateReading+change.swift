import APIKit
import JSON
import Models
import Storage

extension TemplateReading {
    /// What a PATCH makes of a template as it is now.
    static func change(
        of current: StoredTemplate, _ root: JSONValue
    ) -> Result<TemplateDecision, TemplateRoutesRefusal> {
        var problems = FieldProblems()
        let fields = FieldReader(root, known: fieldsOfChange, problems: &problems)
        let isDraft = current.status == .draft
        if !isDraft {
            for name in ["name", "language"] where fields.has(name) {
                problems.note(
                    "template_field_fixed", name,
                    "`\(name)` cannot change any more: WhatsApp knows the template by it. Create another template.")
            }
        }
        let draft = TemplateReading(fields).draft(over: current, in: nil, &problems)
        guard problems.isEmpty, let draft else { return .failure(.fields(problems.all)) }
        if isDraft { return .success(.rewrite(draft)) }
        let proposal = draft.proposal
        let isAsBefore =
            proposal.content == withoutWhatMetaWrote(current) && proposal.category == current.category
            && proposal.sendTTLSeconds == current.sendTTLSeconds
        if isAsBefore { return .success(.keep(draft, changes: nil)) }
        if let refusal = TemplateRules.change(current.status, current.provider) { return .failure(.rule(refusal)) }
        if proposal.content.parameterFormat != current.parameterFormat, !proposal.variables.isEmpty,
            !current.definition.variables.isEmpty
        {
            problems.note(
                "template_field_fixed", "body",
                "The template's variables are \(current.parameterFormat.rawValue), and WhatsApp does not change that.")
            return .failure(.fields(problems.all))
        }
        return .success(
            .keep(
                draft,
                changes: TemplateChanges(
                    category: proposal.category, content: proposal.content, sendTTLSeconds: proposal.sendTTLSeconds)))
    }

    private static func withoutWhatMetaWrote(_ current: StoredTemplate) -> TemplateContent {
        var content = current.content
        if current.category == .authentication { content.body = nil }
        content.otherComponents = []
        return content
    }
}
