import APIKit
import Models
import Storage

/// The last check before a message is accepted: whether its recipient may be written to. Templates of a tenant that
/// has nobody on its list and asks for no opt-in cost nothing here; everything else costs one question a request.
struct RecipientGuard: Sendable {
    let store: RecipientCheckStore

    func check(_ items: [BatchReader.Item], _ catalog: TenantCatalog) async throws -> [BatchReader.Item] {
        var items = items
        var asked: [(index: Int, reading: MessageReader.Reading)] = []
        var wishes: [RecipientWish] = []
        for (index, item) in items.enumerated() {
            guard case .accepted(let reading) = item else { continue }
            if let block = reading.blockWithoutAsking(catalog) {
                items[index] = .refused([reading.problem(block)])
            } else if let wish = reading.wish(catalog) {
                asked.append((index, reading))
                wishes.append(wish)
            }
        }
        if wishes.isEmpty { return items }
        let asking = wishes
        let blocks = try await withStorage { try await store.blocks(of: asking, tenantID: catalog.tenantID) }
        var replaced: [Int] = []
        for (place, block) in blocks {
            let (index, reading) = asked[place]
            if block == .windowClosed, let fallback = reading.asFallback(catalog) {
                items[index] = .accepted(fallback)
                replaced.append(index)
            } else {
                items[index] = .refused([reading.problem(block)])
            }
        }
        if replaced.isEmpty { return items }
        // They are templates now, with a category of their own.
        for (index, item) in zip(replaced, try await check(replaced.map { items[$0] }, catalog)) { items[index] = item }
        return items
    }
}

extension MessageReader.Reading {
    private static let unitedStates = "US"

    fileprivate var category: TemplateCategory? {
        message.type == .template ? message.lane.category : nil
    }

    fileprivate func blockWithoutAsking(_ catalog: TenantCatalog) -> SendingBlock? {
        if recipient.isUserID {
            if category == .authentication { return .phoneNeeded(.authentication) }
            if catalog.sender(message.senderID)?.provider == .twilio { return .phoneNeeded(.provider) }
        }
        if category == .marketing, recipient.region == Self.unitedStates, !catalog.consent.isUSMarketingAllowed {
            return .marketingToUnitedStates
        }
        return nil
    }

    /// Nil when nothing of it needs to be asked.
    fileprivate func wish(_ catalog: TenantCatalog) -> RecipientWish? {
        let needsOptIn = category.map { catalog.consent.optInRequired.contains($0) } ?? false
        guard category == nil || needsOptIn || catalog.consent.hasSuppressions else { return nil }
        return RecipientWish(
            recipient: message.recipient, senderID: message.senderID, category: category, needsOptIn: needsOptIn,
            at: message.scheduledFor)
    }

    fileprivate func problem(_ block: SendingBlock) -> FieldProblem {
        FieldProblem(block.code, recipient.field, block.detail)
    }

    /// The same text inside the template that the tenant has set for it; nil when there is none that can take it.
    fileprivate func asFallback(_ catalog: TenantCatalog) -> MessageReader.Reading? {
        guard let fallback = catalog.consent.fallback, case .text(let text, _) = message.content,
            let sender = catalog.sender(message.senderID),
            let template = catalog.templates(named: fallback.name, inAccount: sender.accountID).first(where: {
                $0.definition.language == fallback.language
            }), template.definition.status.maySend
        else { return nil }
        let definition = template.definition
        let variables: TemplateVariables =
            fallback.variable.map { .byName([$0: .text(text.onOneLine)]) } ?? TemplateVariables.none
        guard case .success(let parameters) = definition.resolve(variables) else { return nil }
        var reading = self
        reading.isFallback = true
        reading.message.type = .template
        reading.message.templateID = template.id
        reading.message.lane = definition.category.lane
        reading.message.content = .template(
            name: definition.name, language: definition.language, parameters: parameters)
        return reading
    }
}

extension String {
    /// WhatsApp refuses line breaks, tabs and rows of blanks inside a template's variables.
    fileprivate var onOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
