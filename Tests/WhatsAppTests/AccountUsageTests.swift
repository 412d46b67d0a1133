import HTTPClient
import Testing

@testable import WhatsApp

@Suite struct AccountUsageTests {
    private func header(_ calls: Int, minutes: Int = 0, type: String = "whatsapp") -> String {
        """
        {"900800700600500":[{"type":"\(type)","call_count":\(calls),"total_cputime":5,"total_time":7,\
        "estimated_time_to_regain_access":\(minutes)}]}
        """
    }

    @Test func anAccountThatIsNearlyUsedUpIsSeenAndWhenItMayGoOn() {
        let usage = AccountUsage(header(97, minutes: 12))
        #expect(usage?.accountID == "900800700600500")
        #expect(usage?.isUsedUp == true)
        #expect(usage?.regainsAccessIn == .seconds(720))
        #expect(AccountUsage(header(100))?.isUsedUp == true)
        #expect(AccountUsage(header(100))?.regainsAccessIn == nil)
    }

    @Test(arguments: [0, 28, 89, 94])
    func anAccountWithRoomIsNotUsedUp(calls: Int) {
        #expect(AccountUsage(header(calls))?.isUsedUp != true)
    }

    @Test func readingSettingsIsNoSending() {
        #expect(AccountUsage(header(100, type: "whatsapp_business_management")) == nil)
    }

    @Test(arguments: ["", "99", "{\"a\":[99]}", "{\"a\":{\"call_count\":99}}", "[99]", "{\"a\":[{\"call_count\":\"99\"}]}"])
    func whatCannotBeReadSaysNothing(header: String) {
        #expect(AccountUsage(header)?.isUsedUp != true)
    }
}
