import Models
import Postgres
import Runtime
import ServiceKit
import Storage
import TestSupport
import Testing

@testable import webhook_receiver

/// What customers write and switch off: contacts, conversations and consents come of it.
@Suite struct ReceiverPeopleTests {
    private static let number = "393401234777"

    private func inbound(
        _ id: String, _ text: String, at seconds: Int64, from number: String? = number, userID: String? = nil,
        name: String = "Ada"
    ) -> String {
        let from = number.map { #""from":"\#($0)","# } ?? ""
        let user = userID.map { #""from_user_id":"\#($0)","# } ?? ""
        let contact =
            (number.map { #""wa_id":"\#($0)","# } ?? "") + (userID.map { #""user_id":"\#($0)","# } ?? "")
        return """
            {"entry":[{"id":"A","changes":[{"field":"messages","value":{
             "metadata":{"phone_number_id":"phone-first"},
             "contacts":[{\(contact)"profile":{"name":"\(name)","username":"\(name.lowercased()).l"}}],
             "messages":[{\(from)\(user)"id":"\(id)","timestamp":"\(seconds)","type":"text","text":{"body":"\(text)"}}]}}]}]}
            """
    }

    private func preference(_ value: String, at seconds: Int64) -> String {
        """
        {"entry":[{"id":"A","changes":[{"field":"user_preferences","value":{
         "metadata":{"phone_number_id":"phone-first"},
         "contacts":[{"profile":{"name":"Ada"},"wa_id":"\(Self.number)"}],
         "user_preferences":[{"wa_id":"\(Self.number)","detail":"x","category":"marketing_messages",
          "value":"\(value)","timestamp":\(seconds)}]}}]}]}
        """
    }

    private func contact(_ fixture: ApplyFixture) async throws -> Contact {
        let page = try await ContactStore(fixture.tenants.database).list(
            of: fixture.tenants.first.id, ContactFilter(), before: nil, limit: 10)
        #expect(page.contacts.count == 1)
        return try #require(page.contacts.first)
    }

    private func blocks(_ fixture: ApplyFixture, _ recipient: String = "+" + number) async throws -> [SendingBlock?] {
        let wishes = [TemplateCategory.marketing, .utility, .authentication].map {
            RecipientWish(
                recipient: recipient, senderID: fixture.tenants.first.senderID, category: $0, needsOptIn: false)
        }
        let found = try await RecipientCheckStore(fixture.tenants.database).blocks(
            of: wishes, tenantID: fixture.tenants.first.id)
        return wishes.indices.map { found[$0] }
    }

    @Test func whoWritesBecomesAContactWithAConversation() async throws {
        try await ApplyFixture.with { fixture in
            let body = inbound("w1", "Hello", at: fixture.seconds - 60)
            try await fixture.apply([body])
            try await fixture.apply([body, body])
            let contact = try await contact(fixture)
            #expect(contact.phone == "+" + Self.number && contact.profileName == "Ada" && contact.username == "ada.l")
            #expect(contact.origin == "inbound" && contact.consents.isEmpty)
            let store = ConversationStore(fixture.tenants.database)
            let tenantID = fixture.tenants.first.id
            let list = try await store.list(of: tenantID, ConversationStore.Filter(), before: nil, limit: 10).conversations
            let conversation = try #require(list.first)
            #expect(list.count == 1 && conversation.contactID == contact.id && conversation.unread == 1)
            #expect(conversation.windowOpenUntil != nil)
            var closing = ConversationPatch()
            closing.status = .closed
            closing.readUntil = SystemClock.now()
            #expect(try await store.change(conversation.id, of: tenantID, closing))
            try await fixture.apply([body])
            #expect(try await store.conversation(conversation.id, of: tenantID)?.status == .closed)
            try await fixture.apply([inbound("w2", "Again", at: fixture.seconds + 5)])
            let opened = try #require(try await store.conversation(conversation.id, of: tenantID))
            #expect(opened.status == .open && opened.unread == 1)
            let turns = try await store.turns(of: opened, tenantID: tenantID, before: nil, limit: 10).turns
            let texts = turns.map { turn -> String? in
                if case .received(let message) = turn { message.text } else { nil }
            }
            #expect(texts == ["Again", "Hello"])
        }
    }

    @Test func stopEndsMarketingAndUtilityAndStartBeginsThemAgain() async throws {
        try await ApplyFixture.with { fixture in
            let stop = inbound("w1", " Stop! ", at: fixture.seconds - 60)
            try await fixture.apply([stop])
            #expect(try await blocks(fixture) == [.suppressed(.optedOut), .suppressed(.optedOut), nil])
            try await fixture.apply([inbound("w2", "please stop by tomorrow", at: fixture.seconds - 50)])
            try await fixture.apply([inbound("w3", "START", at: fixture.seconds - 40)])
            #expect(try await blocks(fixture) == [nil, nil, nil])
            // The first one once more, late: it is known already.
            try await fixture.apply([stop])
            #expect(try await blocks(fixture) == [nil, nil, nil])
            let contact = try await contact(fixture)
            let ledger = try await ConsentStore(fixture.tenants.database).ledger(
                of: contact.id, tenantID: fixture.tenants.first.id, before: nil, limit: 10).records
            #expect(ledger.count == 4 && ledger.allSatisfy { $0.source == "keyword" && $0.inboundMessageID != nil })
        }
    }

    @Test func aStopThatComesAfterItsStartChangesNothing() async throws {
        try await ApplyFixture.with { fixture in
            try await fixture.apply([inbound("w2", "start", at: fixture.seconds - 10)])
            try await fixture.apply([inbound("w1", "stop", at: fixture.seconds - 60)])
            #expect(try await blocks(fixture) == [nil, nil, nil])
        }
    }

    @Test func aTenantsOwnWordAndCategoriesCount() async throws {
        try await ApplyFixture.with { fixture in
            var settings = ConsentSettings()
            settings.stopWords = ["basta"]
            settings.stopCategories = [.marketing]
            try await ConsentStore(fixture.tenants.database).set(
                settings, of: fixture.tenants.first.id,
                audit: AuditEntry(
                    id: IDSource().uuid(), tenantID: fixture.tenants.first.id, actor: .system("test"), action: "x.y"))
            try await fixture.apply([inbound("w1", "stop", at: fixture.seconds - 60)])
            #expect(try await blocks(fixture) == [nil, nil, nil])
            try await fixture.apply([inbound("w2", "BASTA", at: fixture.seconds - 50)])
            #expect(try await blocks(fixture) == [.suppressed(.optedOut), nil, nil])
        }
    }

    @Test func aSwitchInWhatsAppIsFollowed() async throws {
        try await ApplyFixture.with { fixture in
            try await fixture.apply([preference("stop", at: fixture.seconds - 60)])
            #expect(try await blocks(fixture) == [.suppressed(.userPreferences), nil, nil])
            #expect(try await contact(fixture).consents.map(\.source) == ["user_preferences"])
            #expect(try await fixture.count("provider_notices WHERE field = 'user_preferences'") == 1)
            try await fixture.apply([preference("resume", at: fixture.seconds - 30)])
            #expect(try await blocks(fixture) == [nil, nil, nil])
        }
    }

    @Test func whoHidesTheNumberIsKnownByTheirUserIDAndFoundAgainWithIt() async throws {
        try await ApplyFixture.with { fixture in
            let userID = "IT.4410928374650192837"
            try await fixture.apply([inbound("w1", "stop", at: fixture.seconds - 60, from: nil, userID: userID)])
            let hidden = try await contact(fixture)
            #expect(hidden.phone == nil && hidden.userID == userID && hidden.recipient == userID)
            #expect(try await blocks(fixture, userID)[0] == .suppressed(.optedOut))
            #expect(try await blocks(fixture)[0] == nil)
            // They write with their number: the same person, and the same wish.
            try await fixture.apply([inbound("w2", "Hi", at: fixture.seconds - 50, userID: userID)])
            let known = try await contact(fixture)
            #expect(known.id == hidden.id && known.phone == "+" + Self.number)
            #expect(try await blocks(fixture)[0] == .suppressed(.optedOut))
            #expect(try await fixture.count("conversations") == 1)
            let windows = try await fixture.count(
                "service_windows WHERE recipient IN ('+\(Self.number)', '\(userID)') AND open_until > now()")
            #expect(windows == 2)
        }
    }

    @Test func aRecipientWhomWhatsAppRefusesIsSuppressedForAsLongAsItSays() async throws {
        try await ApplyFixture.with { fixture in
            let messages = try await fixture.tenants.messagesInFlight(2, of: fixture.tenants.first)
            let errors = [131_049, 131_026].map { #","errors":[{"code":\#($0),"title":"t"}]"# }
            try await fixture.apply([
                fixture.body([
                    ("phone-first", zip(messages, errors).map { fixture.status("failed", $0, more: $1) })
                ])
            ])
            let recipient = TestTenant.usualRecipient
            #expect(try await blocks(fixture, recipient) == [.suppressed(.provider), nil, nil])
            let entries = try await SuppressionStore(fixture.tenants.database).list(
                of: fixture.tenants.first.id, SuppressionFilter(), before: nil, limit: 10).entries
            #expect(entries.count == 1 && entries[0].note == "error 131049")
            let until = try #require(entries[0].until)
            #expect(until > SystemClock.now() + .seconds(86_000) && until < SystemClock.now() + .seconds(86_500))
        }
    }
}
