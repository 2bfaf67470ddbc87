/* Being built: see store.h. */
#include "store/store.h"
