import { createApp } from 'vue'
import '../../shared/tokens.css'
import './desk.css'
import { lang, setLang } from '../../shared/i18n'
import App from './App.vue'
import { router } from './router'
import { applyLook } from '../../h5/src/look'

applyLook()
setLang(lang.value).finally(() => createApp(App).use(router).mount('#app'))
