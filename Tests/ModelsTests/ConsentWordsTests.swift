import Models
import Testing

@Suite struct ConsentWordsTests {
    @Test(arguments: [
        "STOP", "stop", " Stop. ", "¡BAJA!", "arrêt", "Désabonner", "Abmelden", "стоп", "توقف", "停止", "退订", "बंद",
        "Stop all", "opt-out", "durdur",
    ])
    func aWordThatEndsMessagesIsUnderstoodInManyLanguages(text: String) {
        #expect(ConsentWords.usual.wish(in: text) == .stop)
    }

    @Test(arguments: ["START", "unstop", "Alta", "старт", "开始", "Anmelden!", "opt in", "शुरू"])
    func aWordThatBeginsThemAgainIsUnderstoodToo(text: String) {
        #expect(ConsentWords.usual.wish(in: text) == .start)
    }

    /// Whoever answers a reminder says many things that hold such a word, or that sound like one.
    @Test(arguments: [
        "please stop by tomorrow", "can you stop?", "cancel", "no", "end", "quit", "Bus stop 4", "", "   ", "!!!", "ok",
        "start at nine", "stopstop", String(repeating: "stop ", count: 20),
    ])
    func whatIsMoreThanTheWordSaysNothingAboutConsent(text: String) {
        #expect(ConsentWords.usual.wish(in: text) == nil)
    }

    @Test func aTenantsOwnWordsTakeTheUsualOnesPlaces() {
        let words = ConsentWords(stop: ["Basta così"], start: nil)
        #expect(words.wish(in: "basta   COSÌ!") == .stop)
        #expect(words.wish(in: "stop") == nil)
        #expect(words.wish(in: "start") == .start)
    }

    @Test func noWordMeansBoth() {
        for word in ConsentWords.usualStop { #expect(ConsentWords.usual.wish(in: word) == .stop, "\(word)") }
        for word in ConsentWords.usualStart { #expect(ConsentWords.usual.wish(in: word) == .start, "\(word)") }
    }

    @Test func aUserIDIsToldFromANumberAndMaskedAsOne() {
        for text in ["IT.4410928374650192837", "US.a1", "GB." + String(repeating: "9", count: 128)] {
            #expect(UserIDText.isValid(text), "\(text)")
        }
        for text in [
            "+393401234567", "IT.", "it.44", "ITA.44", "IT.44 1", "IT44", "IT.é",
            "GB." + String(repeating: "9", count: 129),
        ] { #expect(!UserIDText.isValid(text), "\(text)") }
        #expect(maskedPhone("IT.4410928374650192837") == "IT.…837")
        #expect(maskedPhone("+393401234567") == "+39…567")
    }
}
