import PhoneNumbers
import Testing

@Suite struct UnderstandingPhoneNumbers {
    struct Case: Sendable {
        let text: String
        let e164: String
        let region: String?
        let isValid: Bool
        let kind: PhoneNumber.Kind
    }

    @Test(
        arguments: [
            Case(text: "+393401234567", e164: "+393401234567", region: "IT", isValid: true, kind: .mobile),
            // Italy keeps the leading zero of a fixed line.
            Case(text: "+390612345678", e164: "+390612345678", region: "IT", isValid: true, kind: .fixed),
            // Brazil before the ninth digit: WhatsApp still knows accounts by it.
            Case(text: "+551187654321", e164: "+551187654321", region: "BR", isValid: false, kind: .unknown),
            // Mexico's old mobile prefix goes away.
            Case(
                text: "+5215512345678",
                e164: "+525512345678",
                region: "MX",
                isValid: true,
                kind: .fixedOrMobile
            ),
            Case(
                text: "+18095551234",
                e164: "+18095551234",
                region: "DO",
                isValid: true,
                kind: .fixedOrMobile
            ),
            Case(
                text: "+1 (650) 253-0000 ext 5",
                e164: "+16502530000",
                region: "US",
                isValid: true,
                kind: .fixedOrMobile
            ),
            Case(
                text: " +39 340 123 4567 ",
                e164: "+393401234567",
                region: "IT",
                isValid: true,
                kind: .mobile
            ),
            Case(text: "＋３９３４０１２３４５６７", e164: "+393401234567", region: "IT", isValid: true, kind: .mobile),
        ])
    func whatIsPossibleIsNormalised(one: Case) throws {
        let number = try PhoneNumber.parse(one.text)
        #expect(number.e164 == one.e164)
        #expect(number.region == one.region)
        #expect(number.isValid == one.isValid)
        #expect(number.kind == one.kind)
        #expect(number.digits == String(one.e164.dropFirst()))
    }

    @Test(
        arguments: [
            ("16502530000", .unknownCountryCode), ("+99912345", .unknownCountryCode),
            ("3401234567", .unknownCountryCode),
            ("", .notANumber), ("hello", .notANumber), ("+", .notANumber), ("+39", .notANumber),
            ("+391", .tooShort),
            ("+1650253000", .tooShort), ("+165025300001", .tooLong), ("+39340123456789012345", .tooLong),
            (String(repeating: "1", count: 65), .notANumber), ("\u{0}", .notANumber),
        ] as [(String, PhoneNumberError)]
    )
    func whatIsImpossibleIsRefusedWithItsReason(text: String, reason: PhoneNumberError) {
        #expect(throws: reason) { try PhoneNumber.parse(text) }
    }

    @Test func aDefaultRegionReadsNumbersAsTheyAreDialledAtHome() throws {
        #expect(try PhoneNumber.parse("340 123 4567", defaultRegion: "IT").e164 == "+393401234567")
        #expect(try PhoneNumber.parse("(650) 253-0000", defaultRegion: "US").e164 == "+16502530000")
        #expect(try PhoneNumber.parse("+393401234567", defaultRegion: "US").region == "IT")
        #expect(throws: PhoneNumberError.unknownCountryCode) {
            try PhoneNumber.parse("3401234567", defaultRegion: "XX")
        }
    }

    @Test func aMaskedNumberShowsTwoDigits() throws {
        #expect(try PhoneNumber.parse("+393401234567").masked == "+••••••••••67")
    }

    @Test func manyTasksParseAtOnce() async throws {
        let regions = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<200 {
                let text = index.isMultiple(of: 2) ? "+393401234567" : "+16502530000"
                group.addTask { try PhoneNumber.parse(text).region }
            }
            var counts: [String: Int] = [:]
            for try await region in group { counts[region ?? "", default: 0] += 1 }
            return counts
        }
        #expect(regions == ["IT": 100, "US": 100])
    }
}
