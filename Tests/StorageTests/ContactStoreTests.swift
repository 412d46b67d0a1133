import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@Suite struct ContactStoreTests {
    private static func writing(_ tenant: TestTenant, _ mode: ContactStore.WriteMode) -> ContactStore.Writing {
        ContactStore.Writing(
            tenantID: tenant.id, mode: mode, origin: "import", actor: .system("test"),
            audit: AuditEntry(
                id: TestTenant.messageIDs.uuid(), tenantID: tenant.id, actor: .system("test"), action: "contacts.tested"),
            makeID: { TestTenant.messageIDs.uuid() })
    }

    private static func draft(
        phone: String? = nil, userID: String? = nil, externalID: String? = nil, name: String? = nil,
        tags: [String]? = nil, attributes: String? = nil
    ) -> ContactDraft {
        var draft = ContactDraft()
        draft.phone = phone
        draft.userID = userID
        draft.externalID = externalID
        draft.name = name
        draft.tags = tags
        draft.attributes = attributes.map { JSONText($0) }
        return draft
    }

    @Test func whoIsKnownTakesWhatIsGivenAndNobodyIsMadeTwice() async throws {
        let tenants = try await TwoTenants.make()
        let store = ContactStore(tenants.database)
        let first = try await store.write(
            [
                Self.draft(phone: "+393401234501", name: "Ada", tags: ["a"], attributes: #"{"city":"Rome","x":1}"#),
                Self.draft(externalID: "c-2"),
                Self.draft(phone: "+393401234501", externalID: "c-1"),
            ], Self.writing(tenants.first, .createOrUpdate))
        guard case .created(let ada) = first[0], case .created(let second) = first[1], first[2] == .updated(ada) else {
            Issue.record("\(first)")
            return
        }
        let again = try await store.write(
            [
                Self.draft(externalID: "c-1", tags: ["b"], attributes: #"{"x":null,"y":2}"#),
                Self.draft(phone: "+393401234501", externalID: "c-2"),
                Self.draft(phone: "+393401234509", externalID: "c-1"),
            ], Self.writing(tenants.first, .createOrUpdate))
        #expect(again[0] == .updated(ada))
        guard case .conflict = again[1], again[2] == .conflict(ada) else {
            Issue.record("\(again)")
            return
        }
        let contact = try #require(try await store.detail(of: ada, tenantID: tenants.first.id)?.contact)
        #expect(contact.name == "Ada" && contact.externalID == "c-1" && contact.tags == ["a", "b"])
        #expect(contact.attributes.text.contains("Rome") && contact.attributes.text.contains("\"y\""))
        #expect(!contact.attributes.text.contains("\"x\""))
        let known = try await store.contacts(withExternalIDs: ["c-2", "c-9"], of: tenants.first.id)
        #expect(known.mapValues(\.id) == ["c-2": second])
        #expect(try await store.contacts([ada], of: tenants.second.id).isEmpty)
        await tenants.stop()
    }

    @Test func twoWhoWriteTheSamePersonAtOnceMakeOne() async throws {
        let tenants = try await TwoTenants.make()
        let store = ContactStore(tenants.database)
        let outcomes = try await withThrowingTaskGroup(of: ContactStore.WriteOutcome.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await store.write(
                        [Self.draft(phone: "+393401234502", externalID: "same")],
                        Self.writing(tenants.first, .createOrUpdate))[0]
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let created = outcomes.compactMap { outcome -> ContactID? in
            if case .created(let id) = outcome { id } else { nil }
        }
        #expect(created.count == 1)
        #expect(outcomes.count { $0 == .updated(created[0]) } == 7)
        await tenants.stop()
    }

    @Test func aPlanLimitsHowManyThereAre() async throws {
        let tenants = try await TwoTenants.make()
        _ = try await tenants.platform.execute("INSERT INTO plans (name, title, contacts_max) VALUES ('small', 'Small', 2)")
        _ = try await tenants.platform.execute("UPDATE tenants SET plan = 'small' WHERE id = \(tenants.first.id)")
        let drafts = (1...3).map { Self.draft(externalID: "c-\($0)") }
        let outcomes = try await ContactStore(tenants.database).write(drafts, Self.writing(tenants.first, .create))
        #expect(outcomes.last == .beyondPlan(max: 2))
        #expect(outcomes.count { if case .created = $0 { true } else { false } } == 2)
        await tenants.stop()
    }

    @Test func aPageIsFoundByWhatPeopleKnow() async throws {
        let tenants = try await TwoTenants.make()
        let store = ContactStore(tenants.database)
        let drafts = (1...5).map {
            Self.draft(phone: "+39340123460\($0)", name: $0 == 3 ? "100%_Ada" : "Grace \($0)", tags: $0 > 3 ? ["vip"] : [])
        }
        _ = try await store.write(drafts, Self.writing(tenants.first, .create))
        var filter = ContactFilter()
        filter.text = "%_a"
        #expect(try await store.list(of: tenants.first.id, filter, before: nil, limit: 10).contacts.map(\.name) == ["100%_Ada"])
        filter = ContactFilter()
        filter.tag = "vip"
        let page = try await store.list(of: tenants.first.id, filter, before: nil, limit: 1)
        #expect(page.hasMore && page.contacts.count == 1)
        let next = try await store.list(of: tenants.first.id, filter, before: page.contacts[0].id, limit: 1)
        #expect(!next.hasMore && next.contacts[0].id < page.contacts[0].id)
        #expect(try await store.list(of: tenants.second.id, ContactFilter(), before: nil, limit: 9).contacts.isEmpty)
        await tenants.stop()
    }
}
