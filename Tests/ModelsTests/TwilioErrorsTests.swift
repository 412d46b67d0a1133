import Models
import Testing

/// One row of Twilio's list, written down a second time by class and owner alone.
private struct Fact: CustomTestStringConvertible {
    let code: Int
    let failureClass: FailureClass
    let who: ErrorOwner

    init(_ code: Int, _ failureClass: FailureClass, _ who: ErrorOwner) {
        self.code = code
        self.failureClass = failureClass
        self.who = who
    }

    var testDescription: String { "\(code)" }
}

private let facts: [Fact] = [
    Fact(20_001, .fail, .tenant), Fact(20_003, .account, .tenant), Fact(20_004, .fail, .platform),
    Fact(20_008, .account, .tenant), Fact(20_404, .fail, .tenant), Fact(20_429, .throttle, .nobody),
    Fact(20_500, .retry, .nobody), Fact(20_503, .retry, .nobody), Fact(21_211, .fail, .tenant),
    Fact(21_212, .sender, .tenant), Fact(21_219, .fail, .tenant), Fact(21_408, .suppress, .tenant),
    Fact(21_601, .fail, .tenant), Fact(21_602, .fail, .platform), Fact(21_603, .sender, .tenant),
    Fact(21_604, .fail, .platform), Fact(21_605, .fail, .tenant), Fact(21_606, .sender, .tenant),
    Fact(21_608, .fail, .tenant), Fact(21_609, .fail, .platform), Fact(21_610, .suppress, .recipient),
    Fact(21_611, .throttle, .nobody), Fact(21_612, .fail, .recipient), Fact(21_614, .fail, .recipient),
    Fact(21_617, .fail, .tenant), Fact(21_619, .fail, .tenant), Fact(21_620, .fail, .tenant),
    Fact(21_654, .fail, .platform), Fact(21_655, .fail, .tenant), Fact(21_656, .fail, .tenant),
    Fact(21_703, .sender, .tenant), Fact(21_704, .sender, .tenant), Fact(21_705, .sender, .tenant),
    Fact(21_910, .fail, .platform), Fact(30_001, .throttle, .nobody), Fact(30_002, .account, .tenant),
    Fact(30_003, .fail, .recipient), Fact(30_004, .fail, .recipient), Fact(30_005, .fail, .recipient),
    Fact(30_006, .fail, .recipient), Fact(30_007, .sender, .tenant), Fact(30_008, .fail, .recipient),
    Fact(30_036, .fail, .nobody), Fact(35_111, .fail, .platform), Fact(35_114, .fail, .platform),
    Fact(35_118, .fail, .platform), Fact(63_001, .account, .tenant), Fact(63_002, .sender, .tenant),
    Fact(63_003, .fail, .recipient), Fact(63_005, .fail, .tenant), Fact(63_006, .fail, .tenant),
    Fact(63_007, .sender, .tenant), Fact(63_008, .sender, .tenant), Fact(63_009, .retry, .nobody),
    Fact(63_010, .retry, .nobody), Fact(63_011, .fail, .platform), Fact(63_012, .retry, .nobody),
    Fact(63_013, .fail, .tenant), Fact(63_014, .suppress, .recipient), Fact(63_015, .fail, .tenant),
    Fact(63_016, .fail, .tenant), Fact(63_017, .throttle, .nobody), Fact(63_018, .throttle, .nobody),
    Fact(63_019, .fail, .tenant), Fact(63_020, .account, .tenant), Fact(63_021, .fail, .tenant),
    Fact(63_022, .sender, .tenant), Fact(63_023, .retry, .nobody), Fact(63_024, .fail, .recipient),
    Fact(63_025, .fail, .platform), Fact(63_026, .sender, .tenant), Fact(63_027, .template, .tenant),
    Fact(63_028, .fail, .tenant), Fact(63_029, .retry, .recipient), Fact(63_030, .fail, .tenant),
    Fact(63_031, .fail, .tenant), Fact(63_032, .fail, .recipient), Fact(63_033, .suppress, .recipient),
    Fact(63_034, .fail, .tenant), Fact(63_035, .fail, .platform), Fact(63_036, .fail, .platform),
    Fact(63_037, .retry, .nobody), Fact(63_038, .throttle, .tenant), Fact(63_039, .fail, .platform),
    Fact(63_040, .template, .tenant), Fact(63_041, .template, .tenant),
    Fact(63_042, .template, .tenant), Fact(63_049, .suppress, .recipient),
    Fact(63_051, .account, .tenant), Fact(63_052, .fail, .tenant), Fact(63_062, .fail, .tenant),
    Fact(63_101, .sender, .tenant),
]

@Suite struct TwilioErrorsTests {
    @Test(arguments: facts)
    private func everyCodeIsClassifiedAsTheFactSheetSays(fact: Fact) {
        let found = ProviderErrors.classify(code: fact.code, from: .twilio)
        #expect(found.code == fact.code)
        #expect(found.class == fact.failureClass)
        #expect(found.who == fact.who)
        #expect(!found.isUnlisted)
    }

    @Test func theTableHasNoRowThatTheFactSheetLacksAndNoneTwice() {
        let listed = TwilioErrors.rows.map(\.code)
        #expect(Set(listed).count == listed.count)
        #expect(Set(listed) == Set(facts.map(\.code)))
    }

    @Test func everyRowSpeaksToTheTenant() {
        for row in TwilioErrors.rows + [63_043, 63_046].map({ TwilioErrors.classify(code: $0) }) {
            #expect(!row.title.isEmpty && row.title.count <= 60, "\(row.code)")
            #expect(row.explanation.hasSuffix(".") && row.remedy.hasSuffix("."), "\(row.code)")
            #expect(!row.explanation.contains("\n") && !row.remedy.contains("\n"), "\(row.code)")
        }
    }

    @Test func everyThrottleSaysHowLong() {
        for row in TwilioErrors.rows where row.class == .throttle || row.class == .wait {
            #expect(row.wait != nil && row.fate == .resend, "\(row.code)")
            #expect(row.waitMax >= row.wait ?? .zero, "\(row.code)")
        }
    }

    @Test func anUnlistedCodeIsTriedAtMostTwiceMore() {
        for code in [63_050, 63_053, 63_061, 63_112, 63_999, 1] {
            let found = ProviderErrors.classify(code: code, httpStatus: 400, from: .twilio)
            #expect(
                found.class == .unknown && found.isUnlisted && found.code == code && found.who == .platform
            )
        }
        let broken = ProviderErrors.classify(code: ProviderError.noCode, httpStatus: 503, from: .twilio)
        #expect(broken.class == .retry && broken.isUnlisted)
    }

    @Test func noticesAboutTemplatesAreListedThoughTheyFailNothing() {
        for code in 63_043...63_047 {
            let found = ProviderErrors.classify(code: code, from: .twilio)
            #expect(!found.isUnlisted && found.scope == .template && found.retriesMax == 2)
        }
    }

    @Test func theProvidersHaveNoCodeInCommon() {
        let meta = Set(MetaErrors.rows.map(\.code)).union(MetaErrors.permissionCodes)
        #expect(meta.isDisjoint(with: TwilioErrors.rows.map(\.code)))
        #expect(ProviderErrors.describe(code: 63_016).title == "Service window closed")
        #expect(ProviderErrors.describe(code: 131_056) == ProviderErrors.classify(code: 131_056, from: .meta))
        #expect(ProviderErrors.describe(code: 7_777_777).isUnlisted)
    }

    @Test func whatWeCouldNotMakeIntoARequestIsNobodyElsesError() {
        for provider in Provider.allCases {
            let found = ProviderErrors.classify(
                ProviderError(code: ProviderError.unsendableCode),
                from: provider
            )
            #expect(found.class == .fail && found.who == .platform && !found.isUnlisted)
        }
    }

    @Test func waitsAreAsTheFactSheetSays() {
        func waits(_ code: Int, _ repeats: ClosedRange<Int>) -> [Duration?] {
            repeats.map { TwilioErrors.classify(code: code).wait(afterRepeats: $0) }
        }
        #expect(waits(20_429, 0...7) == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(waits(21_611, 0...4) == [60, 120, 240, 480, 600].map { .seconds($0) })
        #expect(waits(63_018, 9...9) == [.seconds(86_400)])
        #expect(waits(63_041, 0...2) == [10_800, 21_600, 21_600].map { .seconds($0) })
        #expect(waits(63_049, 0...2) == [86_400, 259_200, 604_800].map { .seconds($0) })
    }
}
