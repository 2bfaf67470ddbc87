import { createRouter, createWebHashHistory } from 'vue-router'
import Home from './pages/Home.vue'

// Hash routes: the pages are static files wherever they are hosted.
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: Home, meta: { title: 'my_points', needs: true } },
    { path: '/signin', component: () => import('./pages/SignIn.vue'), meta: { title: 'signin' } },
    { path: '/line/:name', component: () => import('./pages/Line.vue'), meta: { title: 'how', needs: true } },
    { path: '/changes', component: () => import('./pages/Changes.vue'), meta: { title: 'changes_title', needs: true, tab: '/ahead' } },
    { path: '/ahead', component: () => import('./pages/Ahead.vue'), meta: { title: 'ahead', needs: true } },
    { path: '/reach', component: () => import('./pages/Reach.vue'), meta: { title: 'reach', needs: true, tab: '/ahead' } },
    { path: '/permit', component: () => import('./pages/Permit.vue'), meta: { title: 'permit', needs: true } },
    { path: '/claims', component: () => import('./pages/Claims.vue'), meta: { title: 'claims', needs: true } },
    { path: '/claims/:number', component: () => import('./pages/Claim.vue'), meta: { title: 'claims', needs: true } },
    { path: '/claim/:name', component: () => import('./pages/ClaimForm.vue'), meta: { title: 'claims', needs: true } },
    { path: '/access', component: () => import('./pages/Access.vue'), meta: { title: 'access', needs: true } },
    { path: '/receipts', component: () => import('./pages/Receipts.vue'), meta: { title: 'receipts', needs: true } },
    { path: '/receipts/:number', component: () => import('./pages/Receipt.vue'), meta: { title: 'receipt', needs: true } },
    { path: '/rules', component: () => import('./pages/Rules.vue'), meta: { title: 'rules' } },
    { path: '/rules/:scheme', component: () => import('./pages/RuleText.vue'), meta: { title: 'full_text' } },
    { path: '/estimate', component: () => import('./pages/Estimate.vue'), meta: { title: 'estimate' } },
    { path: '/more', component: () => import('./pages/More.vue'), meta: { title: 'more' } },
    { path: '/:rest(.*)*', component: () => import('./pages/NotFound.vue'), meta: { title: 'not_found' } }
  ]
})
