import Models
import Testing
import WhatsApp

@Suite struct TwilioAnswerTests {
    private func outcome(_ status: Int, _ body: String) -> SendOutcome {
        TwilioAnswer.outcome(status: status, body: Array(body.utf8))
    }

    @Test func aSidMeansAccepted() {
        #expect(
            outcome(201, #"{"sid":"SM1","status":"queued","error_code":null}"#)
                == .accepted(ProviderMessageID("SM1"), heldForQuality: false))
    }

    @Test func aMessageThatFailedAtOnceIsRefusedBecauseNoCallbackWillSaySo() {
        #expect(
            outcome(201, #"{"sid":"SM1","status":"failed","error_code":63016,"error_message":"m"}"#)
                == .refused(ProviderError(code: 63_016, details: "m")))
    }

    @Test(arguments: [400, 401, 403, 404, 429, 500, 503])
    func aCodeMeansRefusedWhateverTheStatus(_ status: Int) {
        let outcome = outcome(status, #"{"code":21211,"message":"m","more_info":"u","status":\#(status)}"#)
        #expect(
            outcome == .refused(ProviderError(code: 21_211, httpStatus: status, details: "m", traceID: "u")))
    }

    @Test func tooManyRequestsWereNotProcessedEvenWithoutACode() throws {
        let outcome = outcome(429, "Too many")
        #expect(outcome == .refused(ProviderError(code: 20_429, httpStatus: 429)))
        let meaning = ProviderErrors.classify(ProviderError(code: 20_429, httpStatus: 429), from: .twilio)
        #expect(meaning.class == .throttle && meaning.scope == .account)
    }

    @Test func aRefusalWithoutACodeIsARefusalAllTheSame() {
        #expect(outcome(403, "<html>") == .refused(ProviderError(code: ProviderError.noCode, httpStatus: 403)))
    }

    @Test(arguments: [(201, ""), (200, "{}"), (201, #"{"sid":""}"#), (302, ""), (500, ""), (502, "<html>")])
    func whatSaysNeitherYesNorNoLeavesItUnanswered(_ status: Int, _ body: String) {
        #expect(outcome(status, body) == .unanswered(.unreadable))
    }

    @Test func aLookupBringsStatusPriceAndSegments() throws {
        let body = """
            {"sid":"SM1","status":"delivered","price":"-0.00500","price_unit":"USD","num_segments":"1","error_code":null}
            """
        guard case .found(let message) = TwilioAnswer.message(status: 200, body: Array(body.utf8)) else {
            Issue.record("not found")
            return
        }
        #expect(message.status.receipt == .delivered && message.error == nil)
        let pricing = try #require(message.pricing)
        #expect(
            String(decoding: pricing, as: UTF8.self) == #"{"price":"-0.00500","price_unit":"USD","segments":1}"#)
    }

    @Test func aLookupOfWhatIsGoneSaysSo() {
        let gone = TwilioAnswer.message(status: 404, body: Array(#"{"code":20404}"#.utf8))
        guard case .unknown = gone else {
            Issue.record("\(gone)")
            return
        }
        let refused = TwilioAnswer.message(status: 401, body: Array(#"{"code":20003}"#.utf8))
        guard case .refused(let error) = refused else {
            Issue.record("\(refused)")
            return
        }
        #expect(error.code == 20_003)
    }
}
