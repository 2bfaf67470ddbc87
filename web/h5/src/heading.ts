// A page may name itself more exactly than its route does; the next route starts anew.
import { ref } from 'vue'

export const heading = ref('')
