#include "Cbeast.h"
