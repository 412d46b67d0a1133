print("alerter")
