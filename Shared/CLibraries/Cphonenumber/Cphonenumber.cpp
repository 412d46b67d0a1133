#include "Cphonenumber.h"
