/* Being built: see crypt.h. */
#include "base/crypt.h"
