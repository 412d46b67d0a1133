import Models
import Testing

/// One row of Meta's list, written down a second time by class and owner alone.
private struct Fact: CustomTestStringConvertible {
    let code: Int
    let subcode: Int?
    let failureClass: FailureClass
    let who: ErrorOwner

    init(_ code: Int, _ failureClass: FailureClass, _ who: ErrorOwner, subcode: Int? = nil) {
        self.code = code
        self.subcode = subcode
        self.failureClass = failureClass
        self.who = who
    }

    var testDescription: String { "\(code)" + (subcode.map { "/\($0)" } ?? "") }
}

private let facts: [Fact] = [
    Fact(0, .account, .tenant), Fact(1, .retry, .nobody), Fact(2, .retry, .nobody),
    Fact(3, .platform, .platform),
    Fact(4, .throttle, .platform), Fact(10, .account, .tenant), Fact(17, .throttle, .platform),
    Fact(32, .throttle, .platform), Fact(613, .throttle, .platform), Fact(33, .sender, .tenant),
    Fact(100, .fail, .tenant), Fact(100, .fail, .tenant, subcode: 33), Fact(102, .account, .platform),
    Fact(104, .account, .platform), Fact(190, .account, .tenant), Fact(190, .account, .tenant, subcode: 460),
    Fact(190, .account, .tenant, subcode: 463), Fact(190, .account, .tenant, subcode: 467),
    Fact(200, .account, .platform), Fact(201, .account, .tenant), Fact(250, .account, .tenant),
    Fact(299, .account, .tenant), Fact(368, .account, .tenant), Fact(80_007, .throttle, .nobody),
    Fact(80_008, .throttle, .nobody),
    Fact(130_403, .suppress, .tenant), Fact(130_429, .throttle, .nobody), Fact(130_472, .fail, .recipient),
    Fact(130_497, .suppress, .tenant), Fact(131_000, .retry, .nobody), Fact(131_005, .account, .tenant),
    Fact(131_008, .fail, .platform), Fact(131_009, .fail, .tenant), Fact(131_016, .retry, .nobody),
    Fact(131_021, .fail, .tenant), Fact(131_026, .fail, .recipient), Fact(131_030, .fail, .tenant),
    Fact(131_031, .account, .tenant), Fact(131_037, .sender, .tenant), Fact(131_042, .account, .tenant),
    Fact(131_044, .account, .tenant), Fact(131_045, .sender, .tenant), Fact(131_047, .fail, .tenant),
    Fact(131_048, .sender, .tenant), Fact(131_049, .suppress, .recipient),
    Fact(131_050, .suppress, .recipient),
    Fact(131_051, .fail, .platform), Fact(131_052, .fail, .recipient), Fact(131_053, .fail, .tenant),
    Fact(131_055, .fail, .platform), Fact(131_056, .throttle, .nobody), Fact(131_057, .wait, .nobody),
    Fact(131_062, .fail, .platform), Fact(131_063, .fail, .tenant), Fact(131_064, .account, .tenant),
    Fact(132_000, .fail, .tenant), Fact(132_001, .template, .tenant), Fact(132_005, .fail, .tenant),
    Fact(132_007, .template, .tenant), Fact(132_008, .fail, .tenant), Fact(132_012, .fail, .tenant),
    Fact(132_015, .template, .tenant), Fact(132_016, .template, .tenant), Fact(132_018, .fail, .tenant),
    Fact(132_068, .template, .tenant), Fact(132_069, .throttle, .tenant),
    Fact(133_000, .sender, .tenant), Fact(133_004, .retry, .nobody), Fact(133_005, .sender, .tenant),
    Fact(133_006, .sender, .tenant), Fact(133_008, .wait, .tenant), Fact(133_009, .wait, .tenant),
    Fact(133_010, .sender, .tenant), Fact(133_015, .wait, .nobody), Fact(133_016, .wait, .tenant),
    Fact(134_011, .fail, .tenant), Fact(134_100, .fail, .platform), Fact(134_101, .wait, .nobody),
    Fact(134_102, .template, .tenant), Fact(135_000, .fail, .platform), Fact(137_000, .fail, .tenant),
    Fact(139_000, .fail, .tenant), Fact(139_001, .fail, .tenant), Fact(139_002, .fail, .tenant),
    Fact(139_003, .fail, .tenant), Fact(139_004, .fail, .tenant), Fact(2_494_100, .wait, .nobody),
]

@Suite struct MetaErrorsTests {
    @Test(arguments: facts)
    private func everyCodeIsClassifiedAsTheFactSheetSays(fact: Fact) {
        let found = MetaErrors.classify(code: fact.code, subcode: fact.subcode)
        #expect(found.code == fact.code)
        #expect(found.subcode == fact.subcode)
        #expect(found.class == fact.failureClass)
        #expect(found.who == fact.who)
        #expect(!found.isUnlisted)
    }

    @Test func theTableHasNoRowThatTheFactSheetLacksAndNoneTwice() {
        let listed = MetaErrors.rows.map { "\($0.code)/\($0.subcode ?? 0)" }
        let known = facts.filter { !MetaErrors.permissionCodes.contains($0.code) }.map {
            "\($0.code)/\($0.subcode ?? 0)"
        }
        #expect(Set(listed).count == listed.count)
        #expect(Set(listed) == Set(known))
    }

    @Test func answersAndReceiptsAreClassifiedAlike() {
        for row in MetaErrors.rows {
            let answer = ProviderError(code: row.code, subcode: row.subcode, httpStatus: 400)
            let receipt = ProviderError(code: row.code, subcode: row.subcode)
            #expect(MetaErrors.classify(answer) == MetaErrors.classify(receipt))
        }
    }

    @Test func anUnknownSubcodeFallsBackToItsCode() {
        #expect(MetaErrors.classify(code: 190, subcode: 999).class == .account)
        #expect(MetaErrors.classify(code: 130_429, subcode: 2_494_055).class == .throttle)
    }

    @Test func anUnknownCodeIsNamedAndAFailureInsideMetaHeals() {
        let blamed = MetaErrors.classify(code: 131_999, httpStatus: 400)
        #expect(
            blamed.class == .unknown && blamed.who == .platform && blamed.isUnlisted && blamed.code == 131_999
        )
        #expect(MetaErrors.classify(code: 131_999).class == .unknown)
        let broken = MetaErrors.classify(code: ProviderError.noCode, httpStatus: 502)
        #expect(broken.class == .retry && broken.who == .nobody && broken.isUnlisted)
    }

    @Test func everyRowSpeaksToTheTenant() {
        for row in MetaErrors.rows {
            #expect(!row.title.isEmpty && row.title.count <= 60, "\(row.code)")
            #expect(row.explanation.hasSuffix(".") && row.remedy.hasSuffix("."), "\(row.code)")
            #expect(!row.explanation.contains("\n") && !row.remedy.contains("\n"), "\(row.code)")
        }
    }

    @Test func everyThrottleAndWaitSaysHowLong() {
        for row in MetaErrors.rows where row.class == .throttle || row.class == .wait {
            #expect(row.wait != nil && row.fate == .resend, "\(row.code)")
            #expect(row.waitMax >= row.wait ?? .zero, "\(row.code)")
        }
    }

    @Test func waitsThatTheProviderNamesAreKept() {
        let pair = MetaErrors.classify(code: 131_056)
        #expect(pair.scope == .pair)
        #expect((0...5).map { pair.wait(afterRepeats: $0) } == [1, 4, 16, 64, 256, 256].map { .seconds($0) })
        #expect(MetaErrors.classify(code: 130_429).wait(afterRepeats: 9) == .seconds(60))
        #expect(MetaErrors.classify(code: 133_015).wait == .seconds(300))
        #expect(MetaErrors.classify(code: 133_016).wait == .seconds(72 * 3_600))
        #expect(MetaErrors.classify(code: 131_049).wait(afterRepeats: 2) == .seconds(7 * 86_400))
        #expect(MetaErrors.classify(code: 132_015).wait(afterRepeats: 1) == .seconds(6 * 3_600))
    }

    @Test func whatTheProviderStoppedForGoodIsNotHeld() {
        for code in [132_007, 132_016, 132_068, 134_102] {
            #expect(MetaErrors.classify(code: code).fate == .end, "\(code)")
        }
        for code in [190, 368, 131_042, 131_048, 132_015, 133_010] {
            #expect(MetaErrors.classify(code: code).fate == .hold, "\(code)")
        }
    }
}
