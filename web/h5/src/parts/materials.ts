// Photographs and papers on their way to the server: made smaller, and as base64.
export interface Material {
  name: string
  media_type: string
  size: number
  base64: string
}
export const TYPES = ['image/jpeg', 'image/png', 'application/pdf']
const SMALL = 400 * 1024 // bytes that may travel as they are
const LONGEST = 1800 // pixels: two or three megapixels read well enough
const CHUNK = 0x8000 // arguments of one call

async function shrink(f: File): Promise<Blob> {
  if (f.type === 'application/pdf' || f.size < SMALL) return f
  const bitmap = await createImageBitmap(f)
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(bitmap.width * scale)
  canvas.height = Math.round(bitmap.height * scale)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  const made = await new Promise<Blob | null>((ok) => canvas.toBlob(ok, 'image/jpeg', 0.85))
  return made && made.size < f.size ? made : f
}

async function base64(b: Blob): Promise<string> {
  const bytes = new Uint8Array(await b.arrayBuffer())
  let text = ''
  for (let i = 0; i < bytes.length; i += CHUNK) text += String.fromCharCode(...bytes.subarray(i, i + CHUNK))
  return btoa(text)
}

// Throws what cannot be read as the picture it says it is.
export async function materialOf(f: File): Promise<Material> {
  const b = await shrink(f)
  return { name: f.name, media_type: b.type || f.type, size: b.size, base64: await base64(b) }
}
