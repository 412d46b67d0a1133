import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

/// What people said, and whom that keeps from being written to.
@Suite struct ConsentStoreTests {
    private static let phone = "+393401234599"
    private static let userID = "IT.4410928374650192837"

    private struct Fixture: Sendable {
        let tenants: TwoTenants
        let contact: ContactID

        var tenantID: TenantID { tenants.first.id }
        var contacts: ContactStore { ContactStore(tenants.database) }
        var consents: ConsentStore { ConsentStore(tenants.database) }

        static func with(_ body: (Fixture) async throws -> Void) async throws {
            let tenants = try await TwoTenants.make()
            var draft = ContactDraft()
            draft.phone = ConsentStoreTests.phone
            let outcomes = try await ContactStore(tenants.database).write(
                [draft], writing(tenants.first.id, .create))
            guard case .created(let id) = outcomes[0] else {
                Issue.record("no contact: \(outcomes)")
                return
            }
            try await body(Fixture(tenants: tenants, contact: id))
            await tenants.stop()
        }

        static func writing(_ tenantID: TenantID, _ mode: ContactStore.WriteMode) -> ContactStore.Writing {
            ContactStore.Writing(
                tenantID: tenantID, mode: mode, origin: "api", actor: .system("test"), audit: audit(tenantID),
                makeID: { TestTenant.messageIDs.uuid() })
        }

        static func audit(_ tenantID: TenantID) -> AuditEntry {
            AuditEntry(
                id: TestTenant.messageIDs.uuid(), tenantID: tenantID, actor: .system("test"), action: "contact.tested")
        }

        func say(
            _ status: ConsentStatus, _ category: TemplateCategory = .marketing, source: String = "web_form",
            at moment: Timestamp = SystemClock.now(), id: UUIDValue = TestTenant.messageIDs.uuid()
        ) async throws {
            let draft = ConsentDraft(category: category, status: status, source: source, at: moment)
            let isKnown = try await consents.record(
                [(id: id, consent: draft)], of: contact, tenantID: tenantID, by: .system("test"), audit: [])
            #expect(isKnown)
        }

        func block(
            _ recipient: String = ConsentStoreTests.phone, _ category: TemplateCategory? = .marketing,
            needsOptIn: Bool = false
        ) async throws -> SendingBlock? {
            try await RecipientCheckStore(tenants.database).blocks(
                of: [
                    RecipientWish(
                        recipient: recipient, senderID: tenants.first.senderID, category: category,
                        needsOptIn: needsOptIn)
                ], tenantID: tenantID)[0]
        }

        func ledger() async throws -> [ConsentRecord] {
            try await consents.ledger(of: contact, tenantID: tenantID, before: nil, limit: 200).records
        }

        func standing() async throws -> [StandingConsent] {
            try await contacts.detail(of: contact, tenantID: tenantID)?.contact.consents ?? []
        }
    }

    @Test func anOptOutBlocksItsCategoryUntilAnOptIn() async throws {
        try await Fixture.with { fixture in
            #expect(try await fixture.block() == nil)
            try await fixture.say(.optedOut)
            #expect(try await fixture.block() == .suppressed(.optedOut))
            #expect(try await fixture.block(Self.phone, .utility) == nil)
            #expect(try await fixture.block(Self.phone, .authentication) == nil)
            try await fixture.say(.optedIn)
            #expect(try await fixture.block() == nil)
            #expect(try await fixture.ledger().map(\.status) == [.optedIn, .optedOut])
        }
    }

    @Test func whatIsOlderGoesIntoTheLedgerAndChangesNothing() async throws {
        try await Fixture.with { fixture in
            let now = SystemClock.now()
            try await fixture.say(.optedOut, at: now)
            try await fixture.say(.optedIn, at: now + .seconds(-3_600))
            #expect(try await fixture.block() == .suppressed(.optedOut))
            #expect(try await fixture.standing().map(\.status) == [.optedOut])
            #expect(try await fixture.ledger().map(\.isApplied) == [false, true])
        }
    }

    @Test func theSameNewsTwiceCountsOnce() async throws {
        try await Fixture.with { fixture in
            let id = TestTenant.messageIDs.uuid()
            let now = SystemClock.now()
            try await fixture.say(.optedOut, at: now, id: id)
            try await fixture.say(.optedIn, at: now + .seconds(1))
            try await fixture.say(.optedOut, at: now, id: id)
            #expect(try await fixture.ledger().count == 2)
            #expect(try await fixture.block() == nil)
        }
    }

    @Test func anAddressThatComesLaterStandsUnderTheSameOptOut() async throws {
        try await Fixture.with { fixture in
            try await fixture.say(.optedOut)
            var patch = ContactPatch()
            patch.userID = .set(Self.userID)
            let outcome = try await fixture.contacts.change(
                fixture.contact, of: fixture.tenantID, patch, audit: Fixture.audit(fixture.tenantID))
            guard case .changed = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try await fixture.block(Self.userID) == .suppressed(.optedOut))
            try await fixture.say(.optedIn)
            #expect(try await fixture.block(Self.userID) == nil)
            #expect(try await fixture.block(Self.phone) == nil)
        }
    }

    @Test func whatWasSwitchedOffInWhatsAppIsSwitchedOnThereOnly() async throws {
        try await Fixture.with { fixture in
            try await fixture.say(.optedOut, source: "user_preferences")
            #expect(try await fixture.block() == .suppressed(.userPreferences))
            try await fixture.say(.optedIn, source: "web_form")
            #expect(try await fixture.block() == .suppressed(.userPreferences))
            try await fixture.say(.optedIn, source: "user_preferences")
            #expect(try await fixture.block() == nil)
        }
    }

    @Test func anOptOutOutlivesItsContact() async throws {
        try await Fixture.with { fixture in
            try await fixture.say(.optedOut)
            let isDeleted = try await fixture.contacts.delete(
                fixture.contact, of: fixture.tenantID, audit: Fixture.audit(fixture.tenantID))
            #expect(isDeleted)
            #expect(try await fixture.block() == .suppressed(.optedOut))
            #expect(try await fixture.ledger().count == 1)
        }
    }

    @Test func anOptInThatIsRequiredMustBeOnRecordForThatCategory() async throws {
        try await Fixture.with { fixture in
            #expect(try await fixture.block(needsOptIn: true) == .optInMissing(.marketing))
            try await fixture.say(.optedIn, .utility)
            #expect(try await fixture.block(needsOptIn: true) == .optInMissing(.marketing))
            try await fixture.say(.optedIn)
            #expect(try await fixture.block(needsOptIn: true) == nil)
            #expect(try await fixture.block("+393401234000", needsOptIn: true) == .optInMissing(.marketing))
        }
    }

    @Test func anEntryForAllStopsEverythingAndOneThatIsOverStopsNothing() async throws {
        try await Fixture.with { fixture in
            let store = SuppressionStore(fixture.tenants.database)
            let drafts = [
                SuppressionDraft(recipient: Self.phone, reason: .legal),
                SuppressionDraft(
                    recipient: "+393401234598", category: .only(.utility), until: SystemClock.now() + .seconds(600)),
            ]
            let entries = try await store.add(drafts, of: fixture.tenantID, audit: Fixture.audit(fixture.tenantID))
            #expect(entries.map(\.recipient) == drafts.map(\.recipient))
            for category in [TemplateCategory.marketing, .utility, .authentication, nil] {
                #expect(try await fixture.block(Self.phone, category) == .suppressed(.legal))
            }
            #expect(try await fixture.block("+393401234598", .utility) == .suppressed(.manual))
            _ = try await fixture.tenants.platform.execute("UPDATE suppressions SET until = now() - interval '1 s'")
            #expect(try await fixture.block("+393401234598", .utility) == nil)
        }
    }

    @Test func nobodysOptOutIsAnotherTenants() async throws {
        try await Fixture.with { fixture in
            try await fixture.say(.optedOut)
            let second = fixture.tenants.second
            let blocks = try await RecipientCheckStore(fixture.tenants.database).blocks(
                of: [
                    RecipientWish(
                        recipient: Self.phone, senderID: second.senderID, category: .marketing, needsOptIn: false)
                ], tenantID: second.id)
            #expect(blocks.isEmpty)
            let isKnown = try await fixture.consents.record(
                [], of: fixture.contact, tenantID: second.id, by: .system("test"), audit: [])
            #expect(!isKnown)
        }
    }

    @Test func freeTextNeedsAWindowThatIsOpenWhenItGoes() async throws {
        try await Fixture.with { fixture in
            #expect(try await fixture.block(Self.phone, nil) == .windowClosed)
            #expect(try await fixture.block(TestTenant.usualRecipient, nil) == nil)
            let wish = RecipientWish(
                recipient: TestTenant.usualRecipient, senderID: fixture.tenants.first.senderID, category: nil,
                needsOptIn: false, at: SystemClock.now() + .seconds(2 * 86_400))
            let later = try await RecipientCheckStore(fixture.tenants.database).blocks(
                of: [wish], tenantID: fixture.tenantID)
            #expect(later == [0: .windowClosed])
        }
    }
}
